"""The key that signs sessions: made at the first start, kept in the home, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from kb.errors import StoreError
from kb.text import Text

FILE = "secret.key"


def secret_key(home: Path) -> str:
    """Return the key of this home; several processes that start at once agree on one. Raises StoreError."""
    path = home / FILE
    try:
        home.mkdir(parents=True, exist_ok=True)
        draft = home / f"{FILE}.{os.getpid()}.{secrets.token_hex(4)}"
        if not path.exists():
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
            try:
                # A link, not a rename: it fails where another process was faster, and never shows half a key.
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(_unusable(path, error)) from error
    if len(key) < 32:
        raise StoreError(_unusable(path, ValueError("too short")))
    return key


def _unusable(path: Path, error: Exception) -> Text:
    return Text(
        de=f"Der Schlüssel {path} ist nicht benutzbar: {error}. Datei löschen, dann wird ein neuer gemacht; alle"
        " müssen sich neu anmelden.",
        en=f"The key {path} cannot be used: {error}. Delete the file and a new one is made; everybody has to sign in"
        " again.",
    )
