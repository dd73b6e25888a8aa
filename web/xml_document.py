"""What the XML of feeds and sitemaps has in common."""

from __future__ import annotations

import re
from xml.etree import ElementTree

_REFUSED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def child(parent: ElementTree.Element, tag: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    """Append an element to `parent` and return it; characters that XML refuses are left out of `text`."""
    element = ElementTree.SubElement(parent, tag, {name: clean(value) for name, value in attributes.items()})
    if text is not None:
        element.text = clean(text)
    return element


def clean(text: str) -> str:
    """Return `text` without the characters that no XML document may hold."""
    return _REFUSED.sub("", text)


def document(root: ElementTree.Element) -> bytes:
    """Return the document in UTF-8 with its declaration."""
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
