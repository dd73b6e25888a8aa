"""A description from a file or from the standard input."""

from __future__ import annotations

from typing import BinaryIO

from index.comparable import TEXT_LIMIT, InvalidText
from kb.errors import Fault
from kb.text import Text

_MOST_BYTES = TEXT_LIMIT * 4 + 8
"""A text of the greatest length has fewer in UTF-8: what is longer is refused, and not read to its end."""


def read_text(file: BinaryIO) -> str:
    """Return the text of `file`. Raises InvalidText for what is no text in UTF-8."""
    content = file.read(_MOST_BYTES)
    try:
        # At the limit the last letter may be cut in two.
        return content.decode("utf-8-sig", errors="ignore" if len(content) == _MOST_BYTES else "strict")
    except UnicodeDecodeError as error:
        message = Text(de="ist kein Text in UTF-8", en="is no text in UTF-8")
        raise InvalidText(file.name, [Fault("text", message)]) from error
