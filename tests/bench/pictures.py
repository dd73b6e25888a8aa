"""`make pictures`: the pages as a reader sees them, written to docs/pictures."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page

from kb.accounts import Accounts
from kb.permissions import OPERATOR, Role
from kb.proposal import Action
from tests.browser.launching import launched
from tests.serving import serving
from web.settings import Settings
from web.wiring import Services

PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"
CASE = "aurubis-hafencity-industrial-heat"
PAGES = {
    "home": "/",
    "results": "/search?q=Wohin+mit+der+Abw%C3%A4rme+unserer+%C3%96fen%3F",
    "effects": "/search?metric=energy&at_least=20&unit=%25",
    "case": f"/cases/{CASE}",
    "match": "/match",
    "compare": f"/compare?ids={CASE},georgsmarienhuette-steel-heat-storage,arcelormittal-belval-waste-heat",
    "explore": "/explore",
    "data": "/about/data",
    "bring-in": "/bring-in",
    "proposal": "/proposals/1",
    "review": "/review/2",
    "upkeep": "/upkeep",
}
PLAN = (
    "Unsere Gießerei in Nordrhein-Westfalen hat 120 Beschäftigte. Die Abwärme der Schmelzöfen geht heute in die Luft."
    " Wir wollen sie zum Heizen der Hallen und für ein Nahwärmenetz nutzen und den Verbrauch der Öfen messen."
)
WIDTHS = {"wide": (1200, 820), "phone": (390, 820)}
PASSWORD = "only for these pictures"


def main() -> None:
    """Take one picture of each kind of page, wide and phone, in the light and in the dark scheme."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    services = Services(Settings(home=Path(tempfile.mkdtemp(prefix="pfadfinder-pictures-"))))
    services.make_ready()
    furnish(services)
    with serving(services) as address, launched() as browser:
        for scheme in ("light", "dark"):
            for width, (across, down) in WIDTHS.items():
                context = browser.new_context(
                    locale="de-DE", color_scheme=scheme, viewport={"width": across, "height": down}
                )
                page = context.new_page()
                for name, path in PAGES.items():
                    if name == "bring-in":  # from here on with an account
                        sign_in(page, address)
                    page.goto(address + path, wait_until="networkidle")
                    if name == "match":
                        page.locator("main textarea").fill(PLAN)
                        page.locator("main form button[type=submit]").first.click()
                        page.wait_for_load_state("networkidle")
                    if name == "proposal":
                        page.locator("#help .offers, #help .twins").first.wait_for()
                    page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png")
                context.close()


def furnish(services: Services) -> None:
    """Make the accounts and proposals that the curators' pages show, from a shipped case."""
    with services.store() as store:
        accounts = Accounts(store.database)
        contributor = accounts.add("contributor", Role.CONTRIBUTOR, OPERATOR, PASSWORD).actor
        accounts.add("curator", Role.CURATOR, OPERATOR, PASSWORD)
        case = store.get(CASE)
        assert case is not None
        record = case.to_record()
        coded = {
            "id",
            "pathway",
            "pathway_secondary",
            "technologies",
            "sector",
            "keywords",
            "effects",
            "roadmap_fields",
        }
        store.proposals.create({name: record[name] for name in record if name not in coded}, contributor, "form")
        record["summary"]["de"] += " Die Wärme kommt aus der Kupfererzeugung."
        change = store.proposals.create(record, contributor, "form", case_id=case.id)
        store.proposals.act(change.id, change.version, Action.PROPOSE, contributor)


def sign_in(page: Page, address: str) -> None:
    """Begin a session of the curator."""
    page.goto(f"{address}/sign-in")
    page.locator("input[name=name]").fill("curator")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


main()
