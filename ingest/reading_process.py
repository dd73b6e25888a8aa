"""The process that reads one file of a stranger: limits first, then the file from standard input, JSON to the other.

Started by sandbox.py and by nothing else. Whatever a file does to a parser stays in here.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any


def main(name: str, url: str, memory: int, seconds: int, output: int) -> None:
    """Read the file called `name` and write what it holds. `memory` and `output` in bytes, `seconds` of CPU."""
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, output),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))
    sys.addaudithook(_refuse)
    from ingest.readers import UnreadableFile, read, unreadable
    from ingest.readers.types import faults_to_json, to_json

    answer: dict[str, Any]
    try:
        try:
            answer = to_json(read(sys.stdin.buffer.read(), name, url or None))
            text = json.dumps(answer)
        except MemoryError:
            raise
        except RecursionError as error:
            raise unreadable(name, "ist zu tief verschachtelt", "is nested too deeply") from error
        except ValueError as error:
            raise unreadable(name, f"nicht lesbar: {error}", f"cannot be read: {error}") from error
    except UnreadableFile as error:
        text = json.dumps({"is": "unreadable", "faults": faults_to_json(error)})
    sys.stdout.write(text)
    sys.stdout.flush()


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Let no parser reach the network or start a program, whatever a file asks for."""
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
        raise PermissionError(f"{event} is not allowed here")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(int(argument) for argument in sys.argv[3:]))
