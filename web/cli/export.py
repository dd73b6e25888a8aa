"""`pfadfinder export`: all cases of a search to a file, a folder or the standard output."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import click

from ingest.export import to_yaml
from kb.errors import PfadfinderError
from kb.text import Language, Text
from web.address import State
from web.export_formats import FORMATS, Export
from web.i18n import Translator
from web.listing import found
from web.wiring import Services

_ENDINGS = {format.ending: name for name, format in FORMATS.items()}
_CHUNK = 64 * 1024


class CannotWrite(PfadfinderError):
    """The target of an export is not a file or folder that can be written."""


def export(
    services: Services, state: State, target: Path, format: str | None, language: Language, say: Callable[[Text], None]
) -> int:
    """Write every case that the search finds to `target` (`-`: the standard output) and return their number.

    The language of the contents is that of `state`, else that of the terminal.
    Raises click.UsageError for a target whose format is not known, CannotWrite.
    """
    to_stream = str(target) == "-"
    format = format or (None if target.is_dir() else _ENDINGS.get(target.suffix.lower()))
    folder = not to_stream and (target.is_dir() or (format in (None, "yaml") and not target.suffix))
    if format is None and not folder:
        raise click.UsageError(Translator(language)("cli.export.ending", target=target, endings=" ".join(_ENDINGS)))
    if folder and format not in (None, "yaml"):
        raise click.UsageError(Translator(language)("cli.export.folder", target=target))
    base = services.settings.base_url
    with services.store() as store:
        ids = found(store, services.searcher(), state)
        what = Export(store, ids, state.lang or language, lambda case_id: f"{base}/cases/{case_id}" if base else None)
        try:
            if to_stream:
                _write_stream(what, format or "yaml", sys.stdout.buffer)
            elif folder:
                _write_folder(what, target, say)
            else:
                _write_file(what, format or "yaml", target)
        except OSError as error:
            raise CannotWrite(_both("cli.export.failed", target=target, error=error.strerror or error)) from error
    say(_both("cli.export.done", n=len(ids), target=target))
    return len(ids)


def _both(key: str, **values: object) -> Text:
    return Text(de=Translator("de")(key, **values), en=Translator("en")(key, **values))


def _write_file(what: Export, format: str, target: Path) -> None:
    """Write one file, whole or not at all: what was there stays until the new one is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as out:
        try:
            FORMATS[format].write(what, out)
            out.flush()
            # A temporary file is for its owner alone; this one is for whom the system says.
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(out.name, 0o666 & ~mask)
            os.replace(out.name, target)
        except BaseException:
            os.unlink(out.name)
            raise


def _write_folder(what: Export, folder: Path, say: Callable[[Text], None]) -> None:
    """Write one YAML file a case. Other files stay, and are named: a later reading of the folder takes them too."""
    folder.mkdir(parents=True, exist_ok=True)
    written = set()
    for case in what.cases():
        name = f"{case.id}.yml"
        (folder / name).write_text(to_yaml(case), encoding="utf-8", newline="\n")
        written.add(name)
    others = sorted(file.name for file in folder.iterdir() if file.suffix == ".yml" and file.name not in written)
    if others:
        names = ", ".join(others[:10]) + (" …" if len(others) > 10 else "")
        say(_both("cli.export.others", target=folder, names=names))


def _write_stream(what: Export, format: str, out: IO[bytes]) -> None:
    # Archives and workbooks go back and forth in their file; a pipe takes only what comes next.
    with tempfile.TemporaryFile() as whole:
        FORMATS[format].write(what, whole)
        whole.seek(0)
        while chunk := whole.read(_CHUNK):
            out.write(chunk)
    out.flush()
