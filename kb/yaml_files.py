"""Reading YAML strictly: a key given twice is an error, never the last one silently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# libyaml parses the collection some ten times faster than the pure Python loader.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_Base):  # type: ignore[misc]  # the base is chosen at run time
    """A safe loader that refuses aliases (bounded memory) and repeated keys (nothing is dropped)."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        # A node met again is an alias. Nested aliases grow without bound as soon as somebody walks the result.
        if node in self.constructed_objects:
            raise yaml.constructor.ConstructorError(None, None, "aliases are not allowed here", node.start_mark)
        return super().construct_object(node, deep=deep)


def _mapping(loader: Any, node: Any) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int | float | bool | None):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a plain word", key_node.start_mark)
        if key in found:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is given twice", key_node.start_mark)
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse_yaml(text: str) -> Any:
    """Return what the YAML `text` holds. Raises yaml.YAMLError, also for aliases and repeated keys."""
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506  (a subclass of the safe loader)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # The constructors of PyYAML let such errors through for dates, numbers and nestings that cannot be.
        raise yaml.YAMLError(f"{type(error).__name__}: {error}") from error


def read_yaml(path: Path) -> Any:
    """Return what the YAML file `path` holds. Raises OSError, UnicodeDecodeError or yaml.YAMLError."""
    return parse_yaml(path.read_text(encoding="utf-8"))
