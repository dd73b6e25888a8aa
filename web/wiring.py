"""Settings to services: the one place where the parts meet."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from index import build as building
from index.comparable import Comparer
from index.encoder import BundledEncoder
from index.generation import current_folder
from index.hybrid import Searcher
from index.manifest import Fingerprint
from index.types import Encoder
from ingest.duplicates import TwinFinder
from ingest.learned import Remembered
from ingest.pipeline import IngestReport, ingest
from ingest.readers import find_files
from ingest.suggest import Suggester
from kb.errors import StoreError
from kb.review import COLLECTION
from kb.shipped import COLLECTION_FOLDER
from kb.store import CaseStore
from kb.taxonomy import Taxonomy, shipped_taxonomy
from kb.text import Text
from web.learning import LatestSuggester, LatestTwins
from web.settings import Settings


@dataclass(frozen=True)
class Watch:
    """Where long work reports to; by default nowhere."""

    say: Callable[[Text], Any] = lambda message: None
    files: Callable[[Iterable[Path]], Iterable[Path]] = iter
    embedded: Callable[[int, int], Any] = lambda done, of: None


class Services:
    """Everything that the faces need, made from the settings on demand. One instance serves every thread."""

    def __init__(self, settings: Settings, taxonomy: Taxonomy | None = None) -> None:
        self.settings = settings
        self.taxonomy = taxonomy or shipped_taxonomy()
        self._searcher: Searcher | None = None
        self._twins = LatestTwins()
        self._suggester = LatestSuggester(self._learn)
        self._lock = threading.Lock()

    def store(self) -> CaseStore:
        """Return a store for this thread; the caller closes it. Raises StoreError."""
        try:
            self.settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(_no_home(self.settings.home, error)) from error
        return CaseStore(self.settings.database, self.taxonomy)

    @cached_property
    def encoder(self) -> Encoder:
        """The configured encoder. Raises ModelError."""
        if self.settings.model is None:
            return BundledEncoder()
        from index.encoder_transformers import TransformersEncoder  # 4 s, and only needed for another model

        return TransformersEncoder(
            self.settings.model,
            query_prefix=self.settings.query_prefix,
            passage_prefix=self.settings.passage_prefix,
        )

    def fingerprint(self, store: CaseStore) -> Fingerprint:
        """Return what an index has to be made from now."""
        return Fingerprint(store=store.identity(), seq=store.last_change(), model=self.encoder.key)

    def searcher(self) -> Searcher:
        """Return the searcher over the generation in use; a newer one is opened when it is there.

        Raises IndexUnusable.
        """
        folder = current_folder(self.settings.index)
        searcher = self._searcher
        if searcher is None or folder != searcher.generation.folder:
            with self._lock:
                searcher = self._searcher
                if searcher is None or folder != searcher.generation.folder:
                    searcher = Searcher(building.open_current(self.settings.index), self.encoder)
                    self._searcher = searcher
        return searcher

    def comparer(self) -> Comparer:
        """Return what compares with the cases of the generation in use. Raises IndexUnusable."""
        return Comparer(self.searcher(), self.encoder)

    def twins(self, store: CaseStore) -> TwinFinder:
        """Return what looks for twins among the published cases as they are now."""
        return self._twins.get(store, self._remembered, self.encoder.passages)

    def suggester(self, store: CaseStore) -> Suggester:
        """Return what has learned from the published cases; after a change perhaps from those of a moment ago."""
        return self._suggester.get(store.last_change())

    def _learn(self) -> tuple[int, Suggester]:
        with self.store() as store:
            return store.last_change(), Suggester(list(store.all()), self.taxonomy, self._remembered)

    @cached_property
    def _remembered(self) -> Remembered:
        """Embeds the texts of published cases, each once."""
        return Remembered(self.encoder.passages)

    def take_in(self, path: Path, origin: str, *, dry_run: bool = False, watch: Watch | None = None) -> IngestReport:
        """Bring a file or folder of cases into the store. Raises UnreadableFile when there is none."""
        watch = watch or Watch()
        with self.store() as store:
            return ingest(find_files(path), store, origin, dry_run=dry_run, progress=watch.files)

    def build_index(self, watch: Watch | None = None) -> building.Built:
        """Build the index from every published case and put it to use."""
        watch = watch or Watch()
        with self.store() as store:
            return building.build(
                self.settings.index, store.all(), self.encoder, self.fingerprint(store), watch.embedded
            )

    def follow(self) -> None:
        """Let the index follow what was published, retired or restored, in well under a second.

        Fails nothing that it comes after: that is in the record, and `web.following` or the next start tries again.
        """
        try:
            self.grow_index()
        except Exception:
            logging.getLogger(__name__).exception("the index could not follow")

    def grow_index(self) -> None:
        """Bring the index to the newest change, by what is new alone. Raises what building an index may raise."""
        with self.store() as store:
            building.grow(self.settings.index, self.encoder, lambda: (self.fingerprint(store), store.all()))
        # Opened here and now, so that nobody's search has to wait for it.
        _ = self.searcher().generation.lexicon.analyser

    def settle_index(self) -> None:
        """Build in full an index that was grown. Raises what building an index may raise."""
        with self.store() as store:
            building.settle(self.settings.index, self.encoder, lambda: (self.fingerprint(store), store.all()))

    def index_faults(self) -> tuple[Text, ...]:
        """Return in words why the index cannot serve; () when it can."""
        with self.store() as store:
            return building.state(self.settings.index, self.fingerprint(store))

    def make_ready(self, watch: Watch | None = None, *, update: bool = True) -> None:
        """See to it that there are cases and an index that fits them; says what it does.

        `update`: take in the shipped collection again, which changes nothing unless the program was updated.
        """
        watch = watch or Watch()
        with self.store() as store:
            empty = store.last_change() == 0
        if empty or update:
            counts = self.take_in(COLLECTION_FOLDER, COLLECTION, watch=watch).counts()
            if counts["new"] or counts["changed"]:
                watch.say(_taken_in(counts["new"], counts["changed"]))
        faults = self.index_faults()
        if faults:
            for fault in faults:
                watch.say(Text(de=f"Index wird gebaut: {fault['de']}.", en=f"Building the index: {fault['en']}."))
            self.build_index(watch)


def _taken_in(new: int, changed: int) -> Text:
    return Text(
        de=f"Sammlung eingelesen: {new} neue, {changed} geänderte Fälle.",
        en=f"Collection taken in: {new} new and {changed} changed cases.",
    )


def _no_home(home: Path, error: OSError) -> Text:
    return Text(
        de=f"Der Ordner {home} lässt sich nicht anlegen: {error}. PFADFINDER_HOME auf einen beschreibbaren Ordner"
        " setzen.",
        en=f"The folder {home} cannot be made: {error}. Set PFADFINDER_HOME to a folder that can be written to.",
    )
