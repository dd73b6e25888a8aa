"""What is learned from the published cases follows every change: twins at once, suggestions without a wait."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.encoder import BundledEncoder
from ingest.duplicates import TwinFinder
from ingest.learned import Remembered
from ingest.suggest import Suggester
from kb.case import Case
from kb.lifecycle import Lifecycle
from kb.permissions import OPERATOR
from kb.review import accept_from_file
from kb.store import CaseStore
from kb.taxonomy import Taxonomy
from kb.text import Text
from tests.strategies import complete_record
from web.learning import LatestSuggester
from web.settings import Settings
from web.wiring import Services


class Recorder:
    """The bundled model, and what it was asked for."""

    def __init__(self, encoder: BundledEncoder) -> None:
        self._encoder = encoder
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return self._encoder.passages(texts)


@pytest.fixture
def services(tmp_path: Path, bundled: BundledEncoder, collection: list[Case]) -> Services:
    services = Services(Settings(home=tmp_path / "home"))
    services.encoder = bundled
    with services.store() as store:
        for case in collection[:30]:
            publish(store, case)
    return services


@pytest.fixture
def store(services: Services) -> Iterator[CaseStore]:
    with services.store() as store:
        yield store


def publish(store: CaseStore, case: Case) -> None:
    store.publish(accept_from_file(case, OPERATOR))


def ids(finder: TwinFinder, record: dict[str, object]) -> list[str]:
    return [twin.case_id for twin in finder.find([record])[0]]


def test_a_case_that_was_published_a_moment_ago_is_found_as_a_twin(services: Services, store: CaseStore) -> None:
    draft = complete_record(id="")
    assert ids(services.twins(store), draft) == []
    publish(store, Case.from_record(complete_record(), store.taxonomy))
    assert ids(services.twins(store), draft) == [complete_record()["id"]]
    Lifecycle(store).retire(complete_record()["id"], Text(de="Falsch."), OPERATOR)
    assert ids(services.twins(store), draft) == []


def test_after_any_change_twins_are_those_of_a_finder_made_anew(
    services: Services, store: CaseStore, collection: list[Case], bundled: BundledEncoder
) -> None:
    lifecycle = Lifecycle(store)
    first = collection[0]
    told_anew = first.to_record() | {"id": first.id, "title": {"de": "Pfandbecher im Kreislauf"}, "place": None}
    drafts = [case.to_record() | {"id": ""} for case in collection[:40]] + [complete_record(id="")]
    changes = (
        lambda: publish(store, collection[35]),
        lambda: publish(store, Case.from_record(told_anew, store.taxonomy)),
        lambda: lifecycle.retire(collection[1].id, Text(de="Falsch."), OPERATOR),
        lambda: lifecycle.add_alias("another-address", first.id, OPERATOR),
        lambda: lifecycle.restore(collection[1].id, 1, OPERATOR),
    )
    services.twins(store)
    for change in changes:
        change()
        anew = TwinFinder.of([case.to_record() for case in store.all()], bundled.passages)
        assert services.twins(store).find(drafts) == anew.find(drafts)


def test_only_what_changed_is_embedded(services: Services, store: CaseStore, bundled: BundledEncoder) -> None:
    recorder = Recorder(bundled)
    record = complete_record()
    services._twins.get(store, recorder, bundled.passages)
    assert len(recorder.asked) > 30
    recorder.asked.clear()
    publish(store, Case.from_record(record, store.taxonomy))
    services._twins.get(store, recorder, bundled.passages)
    told = {text for name in ("title", "summary", "solution", "result") for text in record[name].values()}
    assert set(recorder.asked) == told
    recorder.asked.clear()
    services._twins.get(store, recorder, bundled.passages)
    assert recorder.asked == []


def test_a_database_that_is_put_back_to_an_earlier_state_is_read_anew(
    services: Services, store: CaseStore, tmp_path: Path
) -> None:
    with (
        closing(sqlite3.connect(services.settings.database)) as now,
        closing(sqlite3.connect(tmp_path / "kept")) as kept,
    ):
        now.backup(kept)
        publish(store, Case.from_record(complete_record(), store.taxonomy))
        assert ids(services.twins(store), complete_record(id=""))
        kept.backup(now)
    assert ids(services.twins(store), complete_record(id="")) == []


def test_nobody_waits_for_what_is_learned_anew(collection: list[Case], taxonomy: Taxonomy) -> None:
    go_on = threading.Event()
    learned = [Suggester(collection[:count], taxonomy) for count in (5, 6)]
    begun: list[int] = []

    def learn() -> tuple[int, Suggester]:
        begun.append(len(begun))
        if begun[-1]:
            assert go_on.wait(60)
        return 5 + begun[-1], learned[begun[-1]]

    latest = LatestSuggester(learn)
    assert latest.get(5) is learned[0]
    assert latest.get(5) is learned[0]
    # The thread cannot have come to an end, yet everybody is answered, and nobody begins to learn a second time.
    assert [latest.get(6) for _ in range(3)] == [learned[0]] * 3
    go_on.set()
    wait_for_learning()
    assert latest.get(6) is learned[1]
    assert begun == [0, 1]


def test_suggestions_know_of_a_published_case_once_it_has_been_learned(services: Services, store: CaseStore) -> None:
    before = services.suggester(store)
    record = complete_record(keywords={"de": ["Zinnoberkessel", "Wärme", "Netz"], "en": ["cinnabar", "heat", "grid"]})
    record["summary"] = {"de": "Ein Zinnoberkessel heizt.", "en": "A cinnabar boiler heats."}
    publish(store, Case.from_record(record, store.taxonomy))
    assert services.suggester(store) is before
    wait_for_learning()
    after = services.suggester(store)
    wait_for_learning()
    assert after is not before
    assert "Zinnoberkessel" in [found.value for found in after.suggest("Der Zinnoberkessel ist neu.").keywords]


def test_learning_that_fails_leaves_what_was_learned_and_is_tried_again(
    collection: list[Case], taxonomy: Taxonomy, caplog: pytest.LogCaptureFixture
) -> None:
    learned = [Suggester(collection[:count], taxonomy) for count in (5, 6)]
    results = iter([(1, learned[0]), RuntimeError("a fault of ours"), (2, learned[1])])

    def learn() -> tuple[int, Suggester]:
        result = next(results)
        if isinstance(result, RuntimeError):
            raise result
        return result

    latest = LatestSuggester(learn)
    latest.get(1)
    for _ in range(2):
        assert latest.get(2) is learned[0]
        wait_for_learning()
    assert latest.get(2) is learned[1]
    assert "a fault of ours" in caplog.text


def wait_for_learning() -> None:
    for thread in threading.enumerate():
        if thread.name == "learning":
            thread.join(60)
            assert not thread.is_alive()


def test_each_text_is_embedded_once_as_long_as_it_is_remembered(bundled: BundledEncoder) -> None:
    recorder = Recorder(bundled)
    remembered = Remembered(recorder, most=3)
    texts = ["Strom", "Wasser", "Strom", "Druckluft"]
    for _ in range(2):
        np.testing.assert_array_equal(remembered(texts), bundled.passages(texts))
    assert recorder.asked == ["Strom", "Wasser", "Druckluft"]
    remembered(["Abwärme"])
    assert recorder.asked[3:] == ["Abwärme"]
    # Water was asked for the longest ago.
    remembered(["Strom", "Druckluft", "Wasser"])
    assert recorder.asked[4:] == ["Wasser"]
    assert remembered([]).shape == (0, bundled.dim)


def test_what_is_remembered_may_be_asked_for_by_many_threads(bundled: BundledEncoder) -> None:
    remembered = Remembered(bundled.passages, most=10)
    asked = [[f"Text {number % 25}" for number in range(start, start + 12)] for start in range(60)]
    with ThreadPoolExecutor(8) as pool:
        for texts, vectors in zip(asked, pool.map(remembered, asked), strict=True):
            np.testing.assert_array_equal(vectors, bundled.passages(texts))
