"""The Flask application: settings and services in, pages and JSON out."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request, session
from flask.wrappers import Response
from flask_compress import Compress
from flask_wtf.csrf import CSRFProtect

from kb.permissions import Permission
from kb.text import LANGUAGES, Language, is_language
from web import (
    about,
    api,
    audit,
    auth,
    bring_in,
    cases,
    cite,
    compare,
    errors,
    export,
    feed,
    history,
    match,
    operation,
    people,
    review,
    search,
    sitemap,
    upkeep,
)
from web.address import with_parameters
from web.basket import BASKET, MOST_COMPARED, ids_for_links
from web.compared import label, steps
from web.context import SESSION_LIFE, absolute, actor, compare_address, link, with_basket
from web.drafts import propose
from web.exploring import explore
from web.i18n import Translator
from web.menu import places
from web.numbers import amount, common_amount, in_unit, moment, number
from web.reasons import found_by, reason
from web.secret import secret_key
from web.wiring import Services

STATIC = Path(__file__).parent / "static"
BODY_LIMIT = 64 * 1024
"""The most bytes that a request may send."""
LARGER_BODIES = {propose.blueprint.name: 3_000_000}
"""The same for the pages of one blueprint: a draft as long as it may be, every letter of it escaped."""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def create_app(services: Services) -> Flask:
    """Return the application over `services`. It opens the database and the index when a request needs them."""
    app = Flask(__name__, static_folder=str(STATIC))
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31536000
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.extensions["pfadfinder"] = services
    app.config["SECRET_KEY"] = secret_key(services.settings.home)
    app.config["SESSION_COOKIE_NAME"] = "pfadfinder"
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_COOKIE_SECURE"] = services.settings.https
    app.config["PERMANENT_SESSION_LIFETIME"] = SESSION_LIFE
    # Here and not by itself: what may not be compressed is known where it is said what may not be kept.
    app.config["COMPRESS_REGISTER"] = False
    app.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
    app.config["COMPRESS_STREAMS"] = False
    # The token lives as long as the session: a form that lay open over lunch is not lost.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.config["WTF_CSRF_SSL_STRICT"] = services.settings.https
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    versions = {file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:10] for file in STATIC.iterdir()}

    def asset(name: str) -> str:
        """Return an address that changes with the content of the file, so that it can be kept for a year."""
        return with_parameters(f"{request.script_root}/static/{name}", [("v", versions[name])])

    @app.context_processor
    def shared() -> dict[str, Any]:
        language: Language = g.language
        return {
            "asset": asset,
            "t": Translator(language),
            "language": language,
            "languages": LANGUAGES,
            "terms": services.taxonomy,
            "link": link,
            "absolute": absolute,
            "here": here,
            "actor": actor(),
            "may": lambda permission: actor().may(Permission(permission)),
            "places": places(actor()),
            "moment": moment,
            "reason": lambda shared: reason(shared, services.taxonomy, language),
            "found_by": lambda hit: found_by(hit, Translator(language)),
            "number": lambda value: number(value, language),
            "amount": lambda effect: amount(effect, language, services.taxonomy),
            "field_label": lambda parts: label(parts if isinstance(parts, tuple) else steps(parts), language),
            "common_amount": lambda effect: common_amount(effect, language, services.taxonomy),
            "in_unit": lambda value, unit: in_unit(value, unit, language, services.taxonomy),
            "basket": g.get("basket", ()),
            "with_basket": with_basket,
            "most_compared": MOST_COMPARED,
            "compare_address": compare_address,
        }

    @app.before_request
    def choose_language() -> None:
        # What the address says; links carry it on. A word that is no language is for the view to refuse, which
        # names it together with every other fault of the address.
        said = request.args.get("lang", "")
        g.lang = said if is_language(said) else None
        g.basket = ids_for_links(request.args.getlist(BASKET))
        g.language = g.lang or request.accept_languages.best_match(LANGUAGES, default="de")

    @app.before_request
    def allow_long_drafts() -> None:
        # Before the check of the token, which reads the body.
        limit = LARGER_BODIES.get(request.blueprint or "")
        if limit:
            request.max_content_length = request.max_form_memory_size = limit

    app.before_request(bring_in.allow_file)

    compress = Compress()
    compress.init_app(app)

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.vary.add("Accept-Language")
            response.headers.setdefault("Cache-Control", "no-cache")
        # What one person may see stays in no cache, whatever its kind; the static files are the same for everybody.
        if request.endpoint != "static" and session:
            response.headers["Cache-Control"] = "private, no-store"
            # Nor is it compressed: from the length of a page with a secret and words of an attacker's choice in it the
            # secret can be guessed (breachattack.com).
            return response
        if request.endpoint == "static" and response.status_code == 200:
            # A file of the program is small enough to be held; one that is passed through is not compressed.
            response.direct_passthrough = False
            response.make_sequence()
        return compress.after_request(response)

    @app.teardown_appcontext
    def close(exception: BaseException | None) -> None:
        if "store" in g:
            g.pop("store").close()

    # After `choose_language`, since what it refuses is told in a language.
    csrf = CSRFProtect(app)
    # All three answer a text and change nothing, for anybody: a token would only demand a cookie of every reader.
    csrf.exempt(match.results)
    csrf.exempt(match.read_file)
    csrf.exempt(api.match)
    rooms = (
        search,
        cases,
        compare,
        match,
        explore,
        about,
        auth,
        people,
        audit,
        operation,
        bring_in,
        propose,
        review,
        history,
        upkeep,
        api,
        export,
        cite,
        feed,
        sitemap,
        errors,
    )
    for room in rooms:
        app.register_blueprint(room.blueprint)
    return app


def here(lang: Language) -> str:
    """Return the present address in another language of the interface."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return with_parameters(f"{request.script_root}{_page()}", [*kept, ("lang", lang)])


def _page() -> str:
    """Return the path of the present page; behind a form that was sent, the nearest one above that can be opened."""
    path, addresses = request.path, current_app.create_url_adapter(request)
    if request.method in ("GET", "HEAD") or addresses is None:
        return path
    while path and "GET" not in addresses.allowed_methods(path):
        path = path.rpartition("/")[0]
    return path or "/"
