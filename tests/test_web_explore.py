"""The page that explores: pictures of the very cases that the search lists, each with its twin in words."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from index.case_map import CaseMap, Cluster, Place
from kb.case import Case, CaseId
from kb.outline import Outline
from kb.taxonomy import Taxonomy
from kb.text import Text
from web.app import create_app
from web.exploring import meaning_map, pathway_grid, tile_map, timeline
from web.wiring import Services

PATHWAYS = ["efficiency", "services", "cooperation"]


@pytest.fixture
def client(services: Services) -> Iterator[FlaskClient]:
    with create_app(services).test_client() as client:
        yield client


def page_of(client: FlaskClient, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.get_data(as_text=True)


def part(page: str, name: str) -> str:
    return page.split(f'<section aria-labelledby="{name}">')[1].split("<section aria-labelledby=")[0]


def drawn(page: str) -> list[str]:
    """The ids of the cases that are points of the map."""
    points = page.split('class="points"')[1].split('class="names"')[0]
    return [urlsplit(html.unescape(url)).path.split("/")[-1] for url in re.findall(r'<a href="([^"]+)"', points)]


def listed(client: FlaskClient, query: str) -> set[str]:
    """The ids of all cases that the search finds."""
    found: set[str] = set()
    for page in range(1, 99):
        answer = client.get(f"/api/v1/search?{query}&page={page}").get_json()
        found |= {case["id"] for case in answer["results"]}
        if page >= answer["pages"]:
            break
    return found


def outline(number: int = 0, **facts: object) -> Outline:
    given = {"title": Text(de=f"Fall {number}"), "organisation": "Werk", "pathway": "efficiency", "sector": "C25"}
    given |= {"country": "DE", "region": None, "year": 2020, **facts}
    return Outline(id=CaseId(f"case-{number}"), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("query", ["", "q=Abw%C3%A4rme", "pathway=services&size=network", "q=Abw%C3%A4rme&sector=C24"])
def test_every_picture_shows_the_cases_that_the_search_lists(client: FlaskClient, query: str, lang: str) -> None:
    page = page_of(client, f"/explore?{query}&lang={lang}")
    ids = drawn(page)
    assert f'<html lang="{lang}">' in page
    assert len(ids) == len(set(ids))
    assert set(ids) == listed(client, query)
    twin = page.split('id="after-map"')[1].split('id="sectors"')[0]
    assert Counter(re.findall(r'<a href="/cases/([^?"]+)', twin)) == Counter(ids)
    grid = part(page, "sectors")
    assert sum(int(n) for n in re.findall(r'class="count">(\d+)</span></th>', grid)) == len(ids)
    assert " style=" not in page
    assert "<script>" not in page


def test_a_cell_and_a_tile_lead_to_as_many_cases_as_they_say(client: FlaskClient) -> None:
    page = page_of(client, "/explore?technology=waste-heat&lang=de")
    cells = re.findall(r'<a href="([^"]+)" aria-label="(\d+) F[^"]*">', part(page, "sectors"))
    tiles = re.findall(r'<a href="([^"]+)" aria-label="[^"]+: (\d+) F[^"]*">', part(page, "regions"))
    assert len(cells) > 3
    assert len(tiles) > 3
    for url, count in (*cells, *tiles):
        query = parse_qs(urlsplit(html.unescape(url)).query)
        assert query["technology"] == ["waste-heat"]
        answer = client.get("/api/v1/search?" + urlsplit(html.unescape(url)).query).get_json()
        assert answer["total"] == int(count)


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("query", ["", "pathway=cooperation&year_from=1950"])
def test_a_year_and_a_country_lead_to_as_many_cases_as_they_say(client: FlaskClient, query: str, lang: str) -> None:
    page = page_of(client, f"/explore?{query}&lang={lang}")
    bars = re.findall(r'<a href="([^"]+)" aria-label="[^"]*?(\d+) (?:F|c)[^"]*">', part(page, "years"))
    figures = r'(?:<td class="figure">\d+</td>)*<td class="figure">(\d+)</td>'
    rows = re.findall(
        rf'<th scope="row"><a href="([^"]+)">[^<]+</a></th>{figures}', part(page, "years") + part(page, "regions")
    )
    countries = re.findall(r'<li><a href="([^"]+)" .*?<strong>(\d+)</strong>', part(page, "regions"))
    assert len(bars) > 10
    assert len(rows) > len(bars)
    assert len(countries) > 2
    for url, count in (*bars, *rows, *countries):
        given = urlsplit(html.unescape(url)).query
        assert client.get(f"/api/v1/search?{given}").get_json()["total"] == int(count), url
        assert parse_qs(query).items() <= {**parse_qs(given), "year_from": ["1950"]}.items()


def test_every_link_of_the_page_that_stays_on_it_has_its_goal(client: FlaskClient) -> None:
    page = page_of(client, "/explore")
    goals = set(re.findall(r'href="#([^"]+)"', page))
    assert {"unplaced-DE", "unplaced-AT"} <= goals
    assert all(page.count(f'id="{goal}"') == 1 for goal in goals)
    twin = page.split('id="unplaced-AT"')[1].split("</tr>")[0]
    assert twin.count("/cases/") == int(re.findall(r'class="figure">(\d+)', twin)[0])


def test_a_missing_case_leads_to_a_draft_that_begins_with_sector_and_pathway(client: FlaskClient) -> None:
    page = page_of(client, "/explore?lang=en")
    address = html.unescape(re.findall(r'class="call" href="([^"]+)"', page)[0])
    assert set(parse_qs(urlsplit(address).query)) == {"sector", "pathway", "lang"}
    answer = client.get(address)
    assert answer.status_code == 302
    sign_in = page_of(client, answer.location)
    assert html.escape(f'name="next" value="{address}"', quote=False) in sign_in
    assert "account or an invitation can propose" in sign_in
    assert "account or an invitation can propose" not in page_of(client, "/sign-in?lang=en&next=/account")


def test_the_home_language_and_the_state_go_along_to_the_list(client: FlaskClient) -> None:
    page = page_of(client, "/explore?q=heat&pathway=services&lang=en&page=7")
    assert '/search?q=heat&amp;pathway=services&amp;lang=en"' in page
    assert 'name="lang" value="en"' in page
    assert '/explore?q=heat&amp;lang=en"' in page


def test_the_results_lead_to_the_pictures_of_the_same_search(client: FlaskClient) -> None:
    assert '/explore?q=heat&amp;pathway=efficiency&amp;lang=en"' in page_of(
        client, "/search?q=heat&pathway=efficiency&lang=en&page=2"
    )


@pytest.mark.parametrize(("lang", "words"), [("de", "kein"), ("en", "No case fits")])
def test_without_a_case_nothing_is_drawn_and_the_page_says_so(client: FlaskClient, lang: str, words: str) -> None:
    page = page_of(client, f"/explore?q=zzz&sector=C11&size=micro&lang={lang}")
    assert words in page
    assert "<section" not in page
    assert "<svg" not in page


@pytest.mark.parametrize("lang", ["de", "en"])
def test_one_case_is_one_point(client: FlaskClient, lang: str) -> None:
    page = page_of(client, f"/explore?sector=C33&lang={lang}")
    assert len(drawn(page)) == 1
    assert "1 Fall" in page if lang == "de" else "1 case" in page


@pytest.mark.parametrize("lang", ["de", "en"])
def test_a_broken_address_is_refused_with_every_fault(client: FlaskClient, lang: str) -> None:
    page = page_of(client, f"/explore?pathway=x&size=y&page=0&lang={lang}", 400)
    assert all(field in page for field in ("pathway", "size", "page"))


def test_what_is_searched_without_is_left_out_here_too(client: FlaskClient) -> None:
    narrow, wide = (
        set(drawn(page_of(client, f"/explore?q=Abw%C3%A4rme+nutzen{rest}"))) for rest in ("&without=waste+heat", "")
    )
    assert narrow == listed(client, "q=Abw%C3%A4rme+nutzen&without=waste+heat")
    assert wide == listed(client, "q=Abw%C3%A4rme+nutzen")


def test_a_missing_case_is_called_for_only_where_the_whole_collection_has_none(
    client: FlaskClient, collection: list[Case]
) -> None:
    there = {(case.sector, case.pathway) for case in collection}
    sectors = {case.sector for case in collection}
    missing = sum((sector, pathway) not in there for sector in sectors for pathway in PATHWAYS)
    table = part(page_of(client, "/explore"), "sectors").split("</table>")[0]
    assert table.count('class="call"') == missing
    filtered = part(page_of(client, "/explore?pathway=services&sector=C25"), "sectors").split("</table>")[0]
    assert 'class="call"' not in filtered
    assert filtered.count('class="none"') == 2


def test_the_grid_orders_sectors_by_size_and_names_those_without_a_case(taxonomy: Taxonomy) -> None:
    everything = [outline(0), outline(1, sector="C28", pathway="services"), outline(2, sector="C28")]
    grid = pathway_grid.draw(everything[1:], everything, taxonomy)
    assert [(row.sector, row.count, [cell.count for cell in row.cells]) for row in grid.rows] == [("C28", 2, [1, 1, 0])]
    assert [cell.missing for cell in grid.rows[0].cells] == [False, False, True]
    assert set(grid.without_case) == set(taxonomy.sectors) - {"C25", "C28"}


def test_every_region_of_germany_and_austria_has_one_tile_of_its_own(taxonomy: Taxonomy) -> None:
    regions = {term.id for group in ("DE", "AT") for term in taxonomy.regions.groups()[group]}
    assert set(tile_map.PLACES) == {*regions, tile_map.SWITZERLAND}
    assert len(set(tile_map.PLACES.values())) == len(tile_map.PLACES)
    assert all(x < tile_map.COLUMNS and y < tile_map.ROWS for x, y in tile_map.PLACES.values())
    assert set(tile_map.AUSTRIAN) == {term.id for term in taxonomy.regions.groups()["AT"]}


def test_the_tiles_hold_every_case_once(collection: list[Case]) -> None:
    hits = [outline(n, country=case.country, region=case.region) for n, case in enumerate(collection)]
    drawing = tile_map.draw(hits)
    placed = sum(tile.count for tile in drawing.tiles)
    assert placed + sum(map(len, drawing.unplaced.values())) + sum(drawing.abroad.values()) == len(collection)
    (swiss,) = (tile for tile in drawing.tiles if tile.code == "CH")
    assert swiss.count == sum(case.country == "CH" for case in collection) > 0
    assert {tile.facet for tile in drawing.tiles if tile is not swiss} == {"region"}
    assert swiss.facet == "country"
    assert max(drawing.tiles, key=lambda tile: tile.count).shade == tile_map.DARKEST
    assert all(bool(tile.count) is bool(tile.shade) for tile in drawing.tiles)


def test_a_swiss_case_without_a_canton_is_on_the_map_and_a_german_one_without_a_land_beside_it() -> None:
    drawing = tile_map.draw([outline(0, country="CH"), outline(1), outline(2, country="NL"), outline(3, country="NL")])
    assert {tile.code: tile.count for tile in drawing.tiles if tile.count} == {"CH": 1}
    assert {country: [case.id for case in cases] for country, cases in drawing.unplaced.items()} == {"DE": ["case-1"]}
    assert drawing.abroad == {"NL": 2}


def test_no_case_gives_empty_tiles() -> None:
    drawing = tile_map.draw([])
    assert {tile.shade for tile in drawing.tiles} == {0}
    assert (drawing.unplaced, drawing.abroad) == ({}, {})


def test_the_time_line_stacks_every_dated_case_and_shortens_the_past() -> None:
    years = [1961, 1990, 2001, 2025, 2025, None]
    hits = [outline(n, year=year, pathway=PATHWAYS[n % 3]) for n, year in enumerate(years)]
    drawing = timeline.draw(hits, PATHWAYS)
    assert drawing.dateless == 1
    assert len(drawing.bars) == timeline.YEARS + 1
    assert [(bar.year, bar.oldest) for bar in drawing.bars[:2]] == [(2000, True), (2001, False)]
    assert Counter({bar.year: bar.count for bar in drawing.bars if bar.count}) == {2000: 2, 2001: 1, 2025: 2}
    highest = drawing.bars[-1]
    assert (highest.top, highest.count, highest.of("efficiency"), highest.of("services")) == (0, 2, 1, 1)
    assert [part.y + part.height for part in highest.parts] == [timeline.HEIGHT, timeline.HEIGHT / 2]
    assert all(bar.x >= 0 and bar.x + bar.width <= timeline.WIDTH for bar in drawing.bars)


def test_a_time_line_without_years_and_of_one_year() -> None:
    assert timeline.draw([outline(year=None)], PATHWAYS) == timeline.Timeline((), 1)
    (bar,) = timeline.draw([outline(year=2019)], PATHWAYS).bars
    assert (bar.year, bar.oldest, bar.labelled, bar.count) == (2019, False, True, 1)


def case_map(places: dict[str, tuple[float, float, int]], clusters: int) -> CaseMap:
    terms = (("technology", "waste-heat"), ("sector", "C25"), ("technology", "no-longer-a-term"))
    return CaseMap(
        {CaseId(case_id): Place(x, y, cluster, "") for case_id, (x, y, cluster) in places.items()},
        tuple(Cluster(0.8, 0.5, terms) for _ in range(clusters)),
        frozenset(),
    )


def test_hits_are_points_and_all_others_dots(taxonomy: Taxonomy) -> None:
    places = {"case-0": (0.0, 0.0, 0), "case-1": (1.6, 1.0, 1), "case-2": (0.8, 0.5, 0)}
    hits = [outline(1), outline(0), outline(9)]
    drawing = meaning_map.draw(hits, case_map(places, 2), taxonomy, "de")
    assert [[(point.x, point.y, point.anchor) for point in cluster.points] for cluster in drawing.clusters] == [
        [(0, 0, "start")],
        [(meaning_map.WIDTH, meaning_map.HEIGHT, "end")],
    ]
    assert drawing.others == "M500 312h0"
    assert drawing.ground.count("M") == 3
    # A case that the index does not know yet has no place, and a term that is gone has no name.
    assert drawing.shown == 2
    assert drawing.clusters[0].names == ("Abwärmenutzung", "Metallerzeugnisse")


def test_names_stand_upon_no_other_name_and_inside_the_picture(taxonomy: Taxonomy) -> None:
    places = {f"case-{n}": (0.8, 0.5, n) for n in range(3)}
    drawing = meaning_map.draw([outline(n) for n in range(3)], case_map(places, 3), taxonomy, "de")
    heights = sorted(cluster.y for cluster in drawing.clusters)
    assert all(below - above >= 38 for above, below in pairwise(heights))
    assert all(0 <= cluster.y <= meaning_map.HEIGHT for cluster in drawing.clusters)


def test_of_very_many_hits_the_best_are_points(taxonomy: Taxonomy) -> None:
    many = meaning_map.MOST_POINTS + 5
    places = {f"case-{n}": (n / many, 0.5, 0) for n in range(many)}
    drawing = meaning_map.draw([outline(n) for n in reversed(range(many))], case_map(places, 1), taxonomy, "en")
    assert drawing.shown == len(drawing.clusters[0].points) == meaning_map.MOST_POINTS
    assert drawing.others.count("M") == 5
    assert "case-0" not in {point.case.id for point in drawing.clusters[0].points}
