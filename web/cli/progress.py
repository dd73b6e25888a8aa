"""Long work at the terminal: a bar where somebody looks on, plain lines otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb.text import Text
from web.i18n import Translator
from web.wiring import Watch

if TYPE_CHECKING:
    from rich.progress import Progress


def watch(say: Callable[[Text], Any], words: Translator) -> Watch:
    """Return a watch that reports to the standard error of this process."""
    if not sys.stderr.isatty():
        return Watch(say=say)

    def files(paths: Iterable[Path]) -> Iterator[Path]:
        listed = list(paths)
        with _bar() as progress:
            yield from progress.track(listed, description=words("cli.progress.ingest"))

    return Watch(say=say, files=files, embedded=bar(words("cli.progress.embed")))


def bar(description: str) -> Callable[[int, int], Any]:
    """Return what is told (done, of all) of some work, and draws it where somebody looks on."""
    if not sys.stderr.isatty():
        return lambda done, of: None
    drawn = _bar()
    task = drawn.add_task(description, total=None)

    def told(done: int, of: int) -> None:
        drawn.start()
        drawn.update(task, completed=done, total=of)
        if done >= of:
            drawn.stop()

    return told


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    return Progress(*columns, console=Console(stderr=True), transient=True)
