"""The terminal. `commands` names what there is; what a command needs it imports when it is called."""

from web.cli.commands import main

__all__ = ["main"]
