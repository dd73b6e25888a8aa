"""Passwords: what one must be, and hashes that say how they were made."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass

from kb.errors import Fault
from kb.text import Text

LENGTHS = (12, 200)
"""The fewest and the most characters. Length is the only rule besides the name: rules of signs make passwords worse."""


@dataclass(frozen=True, slots=True)
class Scrypt:
    """The cost of a hash: `n` rounds in blocks of `r`, `p` times. Needs 128 * n * r bytes of memory while it runs."""

    n: int = 2**15
    r: int = 8
    p: int = 3

    def derive(self, password: str, salt: bytes) -> bytes:
        """Return the 32 bytes that `password` gives with `salt`."""
        # Composed, so that the same word typed on two keyboards is the same password.
        typed = unicodedata.normalize("NFKC", password).encode()
        memory = 128 * self.r * (self.n + self.p + 2)
        return hashlib.scrypt(typed, salt=salt, n=self.n, r=self.r, p=self.p, maxmem=2 * memory, dklen=32)


# The second of the settings that the OWASP Password Storage Cheat Sheet names as equal: 32 MiB, about half a second.
SCRYPT = Scrypt()


def hash_password(password: str, cost: Scrypt = SCRYPT) -> str:
    """Return `scrypt$n$r$p$salt$hash`: everything that is needed to check a password later, but the password."""
    salt = secrets.token_bytes(16)
    return "$".join(["scrypt", str(cost.n), str(cost.r), str(cost.p), _text(salt), _text(cost.derive(password, salt))])


def fits(password: str, hashed: str | None, cost: Scrypt = SCRYPT) -> bool:
    """Say whether `password` made `hashed`, in a time that does not depend on where they differ.

    None, for nobody, takes the time of `cost`, as hashes made now do: an answer does not tell which names exist.
    """
    cost, salt, expected = (cost, bytes(16), bytes(32)) if hashed is None else _parts(hashed)
    try:
        return hmac.compare_digest(cost.derive(password, salt), expected) and hashed is not None
    except UnicodeEncodeError:
        return False


def is_outdated(hashed: str, cost: Scrypt = SCRYPT) -> bool:
    """Say whether `hashed` was made at another cost than passwords are hashed at now."""
    return _parts(hashed)[0] != cost


def password_faults(password: str, name: str) -> list[Fault]:
    """Return why `password` is none for the user `name`."""
    least, most = LENGTHS
    faults = []
    if not least <= len(password) <= most:
        faults.append(Text(de=f"braucht {least} bis {most} Zeichen", en=f"needs {least} to {most} characters"))
    if name and name.lower() in password.lower():
        faults.append(Text(de="enthält den Anmeldenamen", en="contains the user name"))
    if len(set(password)) < 5:
        faults.append(Text(de="besteht aus zu wenigen verschiedenen Zeichen", en="is made of too few different signs"))
    if any(0xD800 <= ord(sign) < 0xE000 for sign in password):
        faults.append(Text(de="enthält ungültige Zeichen", en="holds invalid characters"))
    return [Fault("password", message) for message in faults]


def _parts(hashed: str) -> tuple[Scrypt, bytes, bytes]:
    try:
        kind, n, r, p, salt, derived = hashed.split("$")
        if kind != "scrypt":
            raise ValueError(kind)
        return Scrypt(int(n), int(r), int(p)), base64.b64decode(salt), base64.b64decode(derived)
    except (ValueError, binascii.Error) as error:
        raise ValueError("a stored password hash cannot be read") from error


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
