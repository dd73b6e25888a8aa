"""What every kind of page costs whoever opens it: bytes, requests, time to the first byte, and what moves.

    python -m tests.bench.budget

In a real browser that has nothing in its cache, over loopback, as `pfadfinder serve` serves. Times are the median of
RUNS; bytes are those that were transferred, headers and compression included.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from tests.browser.cost import cost
from tests.browser.launching import launched
from tests.browser.test_browser_accessibility import KINDS
from tests.serving import serving
from web.settings import Settings
from web.wiring import Services

RUNS = 3
WIDTHS = {"wide": (1280, 900), "phone": (390, 844)}


def main() -> None:
    """Print a line for each kind of page."""
    services = Services(Settings(home=Path(tempfile.mkdtemp(prefix="pfadfinder-budget-"))))
    services.make_ready()
    print(f"\n{'a page and all it asks for, nothing kept':<28}{'page KB':>8}{'all KB':>8}{'requests':>9}", end="")
    print(f"{'first byte ms':>15}{'painted ms':>12}{'moved wide':>12}{'phone':>7}{'other hosts':>13}")
    with serving(services) as address, launched() as browser:
        for kind, path in KINDS.items():
            each = [cost(browser, address + path) for _ in range(RUNS)]
            phone = cost(browser, address + path, WIDTHS["phone"])
            first_byte, painted = (
                statistics.median(getattr(one, name) for one in each) for name in ("first_byte", "painted")
            )
            worst = max(each, key=lambda one: one.total)
            print(f"{kind:<40}"[:36], end="")
            print(f"{worst.page / 1000:>8.1f}{worst.total / 1000:>8.1f}{worst.requests:>9}{first_byte:>15.1f}", end="")
            print(f"{painted:>12.0f}{worst.moved:>12.3f}{phone.moved:>7.3f}{worst.foreign:>13}")


if __name__ == "__main__":
    main()
