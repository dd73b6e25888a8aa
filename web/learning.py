"""What is learned from the published cases, kept from one request to the next, and how it follows a change."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ingest.duplicates import Marks, TwinFinder, marks_of
from ingest.learned import Embed
from ingest.suggest import Suggester
from kb.case import CaseId
from kb.store import CaseStore


class LatestTwins:
    """What looks for twins among the published cases. Never behind: a case published a moment ago is found.

    After a change only the cases that changed are read and embedded.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._marks: dict[CaseId, Marks] = {}
        self._made: tuple[int, TwinFinder] | None = None

    def get(self, store: CaseStore, known: Embed, drafts: Embed) -> TwinFinder:
        """Return it as of now. `known` embeds the published cases, `drafts` what is compared with them."""
        seq, made = store.last_change(), self._made
        if made is not None and made[0] == seq:
            return made[1]
        with self._lock:
            made = self._made
            if made is None or made[0] != seq:
                made = self._made = (seq, self._anew(store, seq, known, drafts))
        return made[1]

    def _anew(self, store: CaseStore, seq: int, known: Embed, drafts: Embed) -> TwinFinder:
        if self._made is None or seq < self._made[0]:  # a database that was put back to an earlier state
            self._marks.clear()
            before = 0
        else:
            before = self._made[0]
        changed = {change.case_id for change in store.changes_after(before)}
        for case_id in changed:
            self._marks.pop(case_id, None)
        cases = store.get_many(sorted(changed))
        self._marks |= zip(
            (case.id for case in cases), marks_of([case.to_record() for case in cases], known), strict=True
        )
        return TwinFinder([self._marks[case_id] for case_id in sorted(self._marks)], drafts)


class LatestSuggester:
    """What suggests terms for a draft. Learning takes a second or two, and only the very first request waits for it.

    After a change requests go on with what was learned before, while a thread learns anew: a suggestion that knows a
    case less is as good.
    """

    def __init__(self, learn: Callable[[], tuple[int, Suggester]]) -> None:
        """`learn` returns what was learned and the sequence number of the change that it knows of."""
        self._learn = learn
        self._lock = threading.Lock()
        self._made: tuple[int, Suggester] | None = None

    def get(self, seq: int) -> Suggester:
        """Return what has been learned; begin to learn anew where that is not of change `seq`."""
        made = self._made
        if made is None:
            with self._lock:
                made = self._made = self._made or self._learn()
        elif made[0] != seq and self._lock.acquire(blocking=False):
            try:
                threading.Thread(target=self._learn_anew, name="learning", daemon=True).start()
            except BaseException:
                self._lock.release()
                raise
        return made[1]

    def _learn_anew(self) -> None:
        try:
            self._made = self._learn()
        except Exception:
            # What was learned before goes on to serve, and the next request tries again.
            logging.getLogger(__name__).exception("nothing new could be learned")
        finally:
            self._lock.release()
