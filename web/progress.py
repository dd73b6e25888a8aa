"""Long work at the terminal: a bar where somebody looks on, plain lines otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from kb.text import Text
from web.i18n import Translator
from web.wiring import Watch


def watch(say: Callable[[Text], Any], words: Translator) -> Watch:
    """Return a watch that reports to the standard error of this process."""
    if sys.stderr.isatty():
        return _bars(say, words)
    return Watch(say=say)


def _bars(say: Callable[[Text], Any], words: Translator) -> Watch:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    def bar() -> Progress:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        return Progress(*columns, console=Console(stderr=True), transient=True)

    def files(paths: Iterable[Path]) -> Iterator[Path]:
        listed = list(paths)
        with bar() as progress:
            yield from progress.track(listed, description=words("cli.progress.ingest"))

    embedding = bar()
    task = embedding.add_task(words("cli.progress.embed"), total=None)

    def embedded(done: int, of: int) -> None:
        embedding.start()
        embedding.update(task, completed=done, total=of)
        if done >= of:
            embedding.stop()

    return Watch(say=say, files=files, embedded=embedded)
