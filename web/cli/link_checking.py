"""Asking the sources of published cases whether they still answer, and keeping what became of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from ingest.fetch import DEFAULT, Rules
from ingest.links import LinkAnswer, LinkState, check_links
from kb.case import Case
from kb.links import LinkChecks, Tried
from kb.permissions import Actor
from kb.store import CaseStore


def check_sources(
    store: CaseStore,
    cases: Collection[Case],
    actor: Actor,
    *,
    rules: Rules = DEFAULT,
    pause: float = 1.0,
    progress: Callable[[int, int], Any] = lambda done, of: None,
) -> list[LinkAnswer]:
    """Ask every source of `cases` and record the answers; whoever interrupts it keeps those that have come.

    Raises Forbidden.
    """
    urls = [source.url for case in cases for source in case.sources]
    answers: list[LinkAnswer] = []
    try:
        for answer in check_links(urls, rules, pause=pause, progress=progress):
            answers.append(answer)
    finally:
        LinkChecks(store.database).record(
            [Tried(one.url, answers_now(one), one.status, one.reason, one.moved_to) for one in answers], actor
        )
    return answers


def answers_now(answer: LinkAnswer) -> bool:
    """Say whether there was a page; at another address is good enough."""
    return answer.state in (LinkState.FINE, LinkState.MOVED)
