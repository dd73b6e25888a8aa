"""Who is still at work: a lock that the kernel lets go of when its process ends, however it ends."""

from __future__ import annotations

import fcntl
import secrets
from pathlib import Path
from typing import IO


class WorkerLock:
    """A lock file in a folder, held from its making to `release`. `name` tells it from all others."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = secrets.token_hex(8)
        self._path = folder / self.name
        self._file: IO[bytes] = self._path.open("wb")
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def release(self) -> None:
        """Let go of it; the file is gone."""
        self._path.unlink(missing_ok=True)
        self._file.close()


def is_held(folder: Path, name: str) -> bool:
    """Say whether a living process holds the lock; what a dead one left behind is cleared away."""
    path = folder / name
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    path.unlink(missing_ok=True)
    return False
