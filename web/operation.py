"""What the operator has set, for admins to see. It is changed where the program is started, and only there."""

from __future__ import annotations

from flask import Blueprint, render_template

from kb.permissions import Permission
from web.context import require, services
from web.settings import VARIABLES, Settings

blueprint = Blueprint("operation", __name__)


@blueprint.get("/settings")
def settings() -> str:
    """Every setting: the environment variable, what it is now, and what it means."""
    require(Permission.ACCOUNTS)
    now = services().settings
    usual = Settings(home=now.home)
    rows = [(variable, field, getattr(now, field), getattr(usual, field)) for variable, field in VARIABLES.items()]
    return render_template("settings.html", rows=rows)
