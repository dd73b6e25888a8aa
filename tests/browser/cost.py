"""What a page costs whoever opens it with an empty cache."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Browser

MOVED = """() => new Promise(done => {
    let sum = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) sum += entry.value; })
        .observe({type: 'layout-shift', buffered: true});
    setTimeout(() => done(sum), 100);
})"""
"""The cumulative layout shift (web.dev/articles/cls) until now, 0 where nothing moved."""
TIMES = """() => new Promise(done => {
    const opened = performance.getEntriesByType('navigation')[0];
    new PerformanceObserver(list => {
        const painted = list.getEntriesByName('first-contentful-paint')[0];
        if (painted) done([opened.responseStart - opened.requestStart, painted.startTime]);
    }).observe({type: 'paint', buffered: true});
})"""


@dataclass(frozen=True, slots=True)
class Cost:
    """One kind of page: bytes of the page and of all it asks for, requests, milliseconds, layout shift, other hosts."""

    page: int
    total: int
    requests: int
    first_byte: float
    painted: float
    moved: float
    foreign: int


def cost(browser: Browser, address: str, size: tuple[int, int] = (1280, 900)) -> Cost:
    """Open `address` with an empty cache and return what that cost."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="de-DE")
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    asked: dict[str, str] = {}
    sizes: dict[str, int] = {}
    devtools.on("Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["request"]["url"]}))
    devtools.on(
        "Network.loadingFinished", lambda event: sizes.update({event["requestId"]: int(event["encodedDataLength"])})
    )
    page.goto(address, wait_until="load")
    first_byte, painted = page.evaluate(TIMES)
    moved = page.evaluate(MOVED)
    context.close()
    own = next(size for request, size in sizes.items() if asked[request] == address)
    host = "/".join(address.split("/")[:3])
    foreign = sum(not url.startswith((host, "data:")) for url in asked.values())
    return Cost(own, sum(sizes.values()), len(asked), first_byte, painted, moved, foreign)
