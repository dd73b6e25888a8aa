"""Files of strangers are read in a process of their own, with bounded memory, time and output."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from ingest.readers.types import Content, UnreadableFile, fault_from_json, from_json, unreadable

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost."""

    file_bytes: int = 25 * 1024 * 1024
    memory_bytes: int = 1024 * 1024 * 1024
    cpu_seconds: int = 60
    seconds: float = 90.0
    output_bytes: int = 64 * 1024 * 1024


DEFAULT = Limits()
_at_once = threading.BoundedSemaphore(2)
"""Two readers at a time: a dozen uploads must not take a dozen times the memory."""


def read_safely(data: bytes, name: str, *, url: str | None = None, limits: Limits = DEFAULT) -> Content:
    """Return what `data` holds. `name` is what the file is called, `url` where it was fetched.

    Raises UnreadableFile, also for a file that is too large, or takes more time or memory than it may. A file that is
    too large is refused before anything looks at it.
    """
    name = safe_name(name)
    if len(data) > limits.file_bytes:
        raise too_large(name, limits)
    if not _at_once.acquire(timeout=limits.seconds):
        raise unreadable(
            name,
            "wird gerade nicht gelesen, weil andere Dateien an der Reihe sind: bitte noch einmal versuchen",
            "is not read now, as other files come first: please try again",
        )
    try:
        code, text = _run(data, name, url, limits)
    finally:
        _at_once.release()
    if code is None or code in (-9, -24):
        raise unreadable(
            name,
            "braucht zum Lesen zu viel Zeit: das Dokument aufteilen oder neu speichern",
            "takes too much time to read: split the document or save it anew",
        )
    if code != 0 or not text:
        raise unreadable(
            name,
            "braucht zum Lesen zu viel Speicher oder ist beschädigt: das Dokument aufteilen oder neu speichern",
            "takes too much memory to read or is damaged: split the document or save it anew",
        )
    plain = json.loads(text)
    if plain["is"] == "unreadable":
        raise UnreadableFile(name, [fault_from_json(fault) for fault in plain["faults"]])
    return from_json(plain, Path(name))


def safe_name(name: str) -> str:
    """Return the last part of `name`, as a browser sent it, without what no file name holds."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "", last).strip()[-120:] or "?"


def too_large(name: str, limits: Limits = DEFAULT) -> UnreadableFile:
    """Return the error for a file that is larger than `limits` let it be."""
    size = limits.file_bytes // 1024**2
    return unreadable(name, f"ist größer als {size} MB", f"is larger than {size} MB")


def _run(data: bytes, name: str, url: str | None, limits: Limits) -> tuple[int | None, bytes]:
    """Return the exit code, None after too long, and what was written."""
    bounds = (limits.memory_bytes, limits.cpu_seconds, limits.output_bytes)
    # -P: the folder that it starts in holds no module of ours. Files instead of pipes: the kernel bounds their size.
    command = [sys.executable, "-P", "-m", "ingest.reading_process", name, url or "", *(str(bound) for bound in bounds)]
    environment = {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8", "LANG": "C.UTF-8"}
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as written:
        given.write(data)
        given.seek(0)
        process = subprocess.Popen(  # noqa: S603  (our own program)
            command, stdin=given, stdout=written, stderr=subprocess.DEVNULL, env=environment, cwd="/"
        )
        try:
            code: int | None = process.wait(limits.seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = None
        written.seek(0)
        return code, written.read()
