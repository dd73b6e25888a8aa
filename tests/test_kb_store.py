"""The store of record, on real SQLite."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given

from kb.case import Case
from kb.errors import StoreError
from kb.filters import FACETS, Filters, facet_terms
from kb.lifecycle import Lifecycle
from kb.outline import Outline
from kb.store import CaseStore, Change, Outcome, Revision
from kb.taxonomy import Taxonomy, shipped_taxonomy
from kb.text import Text
from kb.yaml_files import parse_yaml
from tests.proposals import CURATOR, Hands, by_hand, shipped
from tests.strategies import PROPERTY, case_records, complete_record, filters


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cases.sqlite"


@pytest.fixture
def store(file: Path, taxonomy: Taxonomy) -> Iterator[CaseStore]:
    with CaseStore(file, taxonomy, Hands()) as store:
        yield store


@pytest.fixture(scope="module")
def stocked(collection: list[Case], taxonomy: Taxonomy) -> Iterator[CaseStore]:
    """The whole collection. Shared: tests only read it."""
    with CaseStore(None, taxonomy) as store:
        with store.transaction():
            for case in collection:
                store.publish(shipped(case))
        yield store


def case(case_id: str, **changes: Any) -> Case:
    return Case.from_record(complete_record(id=case_id, **changes), shipped_taxonomy())


def run(file: Path, statement: str, *values: Any) -> None:
    """Do behind the back of the store what it has no words for."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement, values)


def content(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def passes(case: Case, filters: Filters) -> bool:
    """What `matching` means, said without SQL."""
    own = {
        "pathway": {case.pathway},
        "sector": {case.sector},
        "technology": set(case.technologies),
        "country": {case.country},
        "region": {case.region},
        "roadmap_field": set(case.roadmap_fields),
        "size": {case.size},
        "status": {case.status},
    }
    fits = all(not (wanted := getattr(filters, facet)) or own[facet] & set(wanted) for facet in FACETS)
    return fits and (bool(case.effects) or not filters.has_figures) and filters.years.fits(case.year)


# Publishing


def test_a_fresh_store_is_empty(store: CaseStore) -> None:
    assert (store.count(), store.last_change(), store.changes_after(0)) == (0, 0, [])
    assert (list(store.all()), store.get("a"), store.get_many(["a"]), store.revisions("a")) == ([], None, [], [])


def test_a_new_case_is_published_with_revision_and_change(store: CaseStore) -> None:
    assert store.publish(by_hand(case("a"))) is Outcome.NEW
    assert store.get("a") == case("a")
    assert store.count() == 1
    assert store.revisions("a") == [Revision(1, "file", "2026-02-01T12:00:00+00:00", CURATOR.name, None)]
    assert store.revision("a", 1) == complete_record(id="a")
    assert store.changes_after(0) == [Change(1, "a", "published")]


def test_the_same_case_again_changes_nothing(store: CaseStore, file: Path) -> None:
    store.publish(by_hand(case("a")))
    before = content(file)
    assert store.publish(by_hand(case("a"))) is Outcome.UNCHANGED
    assert content(file) == before


def test_a_changed_case_gets_the_next_revision_and_change(store: CaseStore) -> None:
    store.publish(by_hand(case("a")))
    store.publish(by_hand(case("b")))
    assert store.publish(by_hand(case("a", year=2020))) is Outcome.CHANGED
    assert store.get("a") == case("a", year=2020)
    assert store.count() == 2
    assert [row.number for row in store.revisions("a")] == [1, 2]
    assert [row.number for row in store.revisions("b")] == [1]


def test_going_back_to_an_earlier_state_is_a_change_too(store: CaseStore) -> None:
    for year in (2018, 2020, 2018):
        store.publish(by_hand(case("a", year=year)))
    assert [row.number for row in store.revisions("a")] == [1, 2, 3]
    assert store.get("a") == case("a", year=2018)


def test_the_collection_updates_its_own_cases(store: CaseStore) -> None:
    store.publish(shipped(case("a")))
    assert store.publish(shipped(case("a", year=2020))) is Outcome.CHANGED
    assert store.get("a") == case("a", year=2020)


def test_the_collection_keeps_an_edit_that_was_made_here(store: CaseStore, file: Path) -> None:
    store.publish(shipped(case("a")))
    store.publish(by_hand(case("a", year=2020)))
    before = content(file)
    assert store.publish(shipped(case("a"))) is Outcome.KEPT
    assert content(file) == before
    assert store.get("a") == case("a", year=2020)


def test_an_edit_replaces_what_came_from_anywhere(store: CaseStore) -> None:
    store.publish(shipped(case("a")))
    assert store.publish(by_hand(case("a", year=2020))) is Outcome.CHANGED
    assert store.publish(by_hand(case("a", year=2022))) is Outcome.CHANGED
    assert [row.origin for row in store.revisions("a")] == ["collection", "file", "file"]


def test_changes_are_one_sequence_that_can_be_followed_from_anywhere(store: CaseStore) -> None:
    for found in (case("a"), case("b"), case("b"), case("a", year=2020)):
        store.publish(by_hand(found))
    everything = [Change(1, "a", "published"), Change(2, "b", "published"), Change(3, "a", "published")]
    assert store.last_change() == 3
    assert [store.changes_after(seq) for seq in range(4)] == [everything[seq:] for seq in range(4)]


def test_facets_follow_the_newest_state(store: CaseStore) -> None:
    store.publish(by_hand(case("a")))
    store.publish(by_hand(case("a", sector="C10", region=None, effects=None)))
    assert store.matching(Filters(sector=("C24",))) == frozenset()
    assert store.matching(Filters(sector=("C10",))) == {"a"}
    assert set(store.facet_counts(["a"])) == {facet for facet, _ in facet_terms(case("a", region=None, effects=None))}


# Reading


def test_get_many_keeps_the_order_asked_for_and_leaves_out_what_is_not_there(store: CaseStore) -> None:
    for case_id in "abc":
        store.publish(by_hand(case(case_id)))
    assert [found.id for found in store.get_many(["c", "x", "a", "b"])] == ["c", "a", "b"]
    assert [found.id for found in store.get_many(["b", "b"])] == ["b", "b"]
    assert store.get_many([]) == []


def test_all_cases_come_by_id(store: CaseStore) -> None:
    for case_id in ("c", "a-b", "a", "b"):
        store.publish(by_hand(case(case_id)))
    assert [found.id for found in store.all()] == ["a", "a-b", "b", "c"]


def test_the_newest_come_first_and_those_without_a_year_last(store: CaseStore) -> None:
    for case_id, year in {"d": 2019, "b": 2019, "a": None, "c": 2021}.items():
        store.publish(by_hand(case(case_id, year=year, year_kind="project" if year else None)))
    assert store.newest_first("abcd") == ["c", "b", "d", "a"]
    assert store.newest_first({"a", "d"}) == ["d", "a"]
    assert store.newest_first(["x"]) == []


@pytest.mark.parametrize("case_id", ["", "A", "' OR 1=1 --", "a%", "ä", "a\x00"])
def test_an_id_that_nobody_has_is_no_case(store: CaseStore, case_id: str) -> None:
    store.publish(by_hand(case("a")))
    assert store.get(case_id) is None
    assert store.get_many([case_id]) == []


def test_an_alias_leads_to_its_case(store: CaseStore, file: Path) -> None:
    store.publish(by_hand(case("a")))
    run(file, "INSERT INTO aliases (alias, case_id) VALUES ('old-a', 'a')")
    assert store.get("old-a") == store.get("a") == case("a")


def test_a_retired_case_is_invisible(store: CaseStore, file: Path) -> None:
    for case_id in "ab":
        store.publish(by_hand(case(case_id)))
    run(file, "INSERT INTO aliases (alias, case_id) VALUES ('old-a', 'a')")
    Lifecycle(store).retire("a", Text(en="It was closed."), CURATOR)
    assert store.get("a") is None
    assert store.get("old-a") is None
    assert [found.id for found in store.get_many("ab")] == ["b"]
    assert [found.id for found in store.all()] == ["b"]
    assert store.matching(Filters()) == store.matching(Filters(sector=("C24",))) == {"b"}
    assert store.count() == 1
    assert [row.origin for row in store.revisions("a")] == ["file", "retired"]


def test_the_collection_never_brings_back_a_retired_case_and_an_edit_does(store: CaseStore) -> None:
    store.publish(shipped(case("a")))
    Lifecycle(store).retire("a", Text(en="It was closed."), CURATOR)
    assert store.publish(shipped(case("a"))) is Outcome.KEPT
    assert store.publish(shipped(case("a", year=2020))) is Outcome.PROPOSED
    assert store.get("a") is None
    assert store.publish(by_hand(case("a"))) is Outcome.CHANGED
    assert store.get("a") == case("a")


# Filters and counts over the whole collection


def test_without_filters_everything_matches(stocked: CaseStore, collection: list[Case]) -> None:
    assert stocked.matching(Filters()) == {case.id for case in collection}
    assert stocked.count() == len(collection)


def test_the_second_pathway_does_not_pass_for_the_main_one(stocked: CaseStore, collection: list[Case]) -> None:
    found = stocked.matching(Filters(pathway=("services",)))
    assert {case.id for case in collection if case.pathway_secondary == "services"} - found
    assert found == {case.id for case in collection if case.pathway == "services"}


@PROPERTY
@given(wanted=filters())
def test_matching_agrees_with_looking_at_every_case(
    stocked: CaseStore, collection: list[Case], wanted: Filters
) -> None:
    assert stocked.matching(wanted) == {case.id for case in collection if passes(case, wanted)}


@PROPERTY
@given(wanted=filters())
def test_counts_are_those_of_the_cases_they_are_asked_for(
    stocked: CaseStore, collection: list[Case], wanted: Filters
) -> None:
    found = stocked.matching(wanted)
    counted = Counter(term for case in collection if case.id in found for term in facet_terms(case))
    counts = stocked.facet_counts(found)
    assert {(facet, term): n for facet, terms in counts.items() for term, n in terms.items()} == counted


def test_outlines_say_what_the_cases_say(stocked: CaseStore, collection: list[Case]) -> None:
    assert stocked.outlines() == [
        Outline(c.id, c.title, c.organisation, c.pathway, c.sector, c.country, c.region, c.year) for c in collection
    ]


def test_a_case_in_one_language_has_an_outline_and_a_retired_one_has_none(store: CaseStore) -> None:
    store.publish(by_hand(case("a", title={"en": "Only English"}, region=None, year=None, year_kind=None)))
    (outline,) = store.outlines()
    assert (outline.title, outline.region, outline.year) == (Text(en="Only English"), None, None)
    Lifecycle(store).retire("a", Text(en="It was closed."), CURATOR)
    assert store.outlines() == []


def test_counts_add_up_and_the_largest_comes_first(stocked: CaseStore, collection: list[Case]) -> None:
    counts = stocked.facet_counts([case.id for case in collection])
    assert sum(counts["pathway"].values()) == sum(counts["sector"].values()) == len(collection)
    assert sum(counts["technology"].values()) == sum(len(case.technologies) for case in collection)
    assert counts["has_figures"] == {"yes": sum(bool(case.effects) for case in collection)}
    for terms in counts.values():
        assert list(terms.values()) == sorted(terms.values(), reverse=True)


def test_nothing_is_counted_for_no_cases(stocked: CaseStore) -> None:
    assert stocked.facet_counts([]) == {}


@PROPERTY
@given(record=case_records())
def test_any_case_comes_back_from_the_store(record: dict[str, Any]) -> None:
    taxonomy = shipped_taxonomy()
    published = Case.from_record(json.loads(json.dumps(record)), taxonomy)
    with CaseStore(None, taxonomy) as store:
        assert store.publish(by_hand(published)) is Outcome.NEW
        (found,) = store.all()
        assert found == published
        assert found.to_record() == published.to_record()
        assert store.publish(by_hand(found)) is Outcome.UNCHANGED


@PROPERTY
@given(case_records())
def test_any_case_comes_back_from_yaml_through_the_database_as_the_same_yaml(record: dict[str, Any]) -> None:
    taxonomy = shipped_taxonomy()
    written = yaml.safe_dump(record, allow_unicode=True)
    with CaseStore(None, taxonomy) as store:
        store.publish(by_hand(Case.from_record(parse_yaml(written), taxonomy)))
        found = store.get(record["id"])
        assert found is not None
        again = yaml.safe_dump(found.to_record(), allow_unicode=True)
        assert Case.from_record(parse_yaml(again), taxonomy) == found
        assert again == yaml.safe_dump(
            {name: value for name, value in record.items() if value != []}, allow_unicode=True
        )


# Transactions


def publish_and_fail(store: CaseStore, *cases: Case) -> None:
    with store.transaction():
        for found in cases:
            store.publish(by_hand(found))
        raise ZeroDivisionError


def test_a_transaction_that_fails_leaves_nothing(store: CaseStore, file: Path) -> None:
    before = content(file)
    with pytest.raises(ZeroDivisionError):
        publish_and_fail(store, case("a"), case("b"))
    assert content(file) == before
    assert store.count() == store.last_change() == 0


def test_a_failed_transaction_inside_another_undoes_its_own_part_alone(store: CaseStore) -> None:
    with store.transaction():
        store.publish(by_hand(case("a")))
        with pytest.raises(ZeroDivisionError):
            publish_and_fail(store, case("b"))
    assert [found.id for found in store.all()] == ["a"]
    assert store.changes_after(0) == [Change(1, "a", "published")]


def test_publishing_that_breaks_off_halfway_leaves_nothing(store: CaseStore, file: Path) -> None:
    store.publish(by_hand(case("a")))
    run(file, "CREATE TRIGGER full BEFORE INSERT ON facets BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    before = content(file)
    with pytest.raises(sqlite3.IntegrityError, match="disk full"):
        store.publish(by_hand(case("a", year=2020)))
    assert content(file) == before
    assert store.get("a") == case("a")


def test_others_see_a_transaction_whole_or_not_at_all(store: CaseStore, file: Path, taxonomy: Taxonomy) -> None:
    with CaseStore(file, taxonomy) as reader:
        with store.transaction():
            store.publish(by_hand(case("a")))
            assert reader.count() == 0
            store.publish(by_hand(case("b")))
        assert reader.count() == 2


# Opening


def test_a_store_outlives_its_closing(file: Path, taxonomy: Taxonomy) -> None:
    with CaseStore(file, taxonomy) as store:
        store.publish(by_hand(case("a")))
        identity = store.identity()
    with CaseStore(file, taxonomy) as store:
        assert (store.get("a"), store.identity()) == (case("a"), identity)


def test_every_database_has_its_own_identity(tmp_path: Path, taxonomy: Taxonomy) -> None:
    with CaseStore(tmp_path / "one", taxonomy) as one, CaseStore(tmp_path / "two", taxonomy) as two:
        assert one.identity()
        assert one.identity() != two.identity()


def test_a_store_in_memory_leaves_no_file(taxonomy: Taxonomy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with CaseStore(None, taxonomy) as store:
        store.publish(by_hand(case("a")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"id: a\n", b"not a database " * 200], ids=["short", "long"])
def test_a_file_that_is_no_database_is_refused_and_left_alone(file: Path, taxonomy: Taxonomy, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(StoreError) as caught:
        CaseStore(file, taxonomy)
    assert str(file) in caught.value.describe("en")
    assert "cannot be used" in caught.value.describe("en")
    assert "ist nicht benutzbar" in caught.value.describe("de")
    assert file.read_bytes() == content


@pytest.mark.parametrize("place", [".", "no/such/folder/cases.sqlite"])
def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path, taxonomy: Taxonomy, place: str) -> None:
    with pytest.raises(StoreError, match="PFADFINDER_HOME"):
        CaseStore(tmp_path / place, taxonomy)


def test_the_database_of_another_program_is_refused_and_left_alone(file: Path, taxonomy: Taxonomy) -> None:
    run(file, "CREATE TABLE cases (suit TEXT)")
    before = content(file)
    with pytest.raises(StoreError, match=r"belongs to another program \(it holds cases\)"):
        CaseStore(file, taxonomy)
    assert content(file) == before


def test_a_database_from_a_newer_version_is_refused_and_left_alone(file: Path, taxonomy: Taxonomy) -> None:
    CaseStore(file, taxonomy).close()
    run(file, "INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('pfadfinder', '999_from_the_future')")
    before = content(file)
    with pytest.raises(StoreError) as caught:
        CaseStore(file, taxonomy)
    assert "newer version (999_from_the_future)" in caught.value.describe("en")
    assert "neueren Version (999_from_the_future)" in caught.value.describe("de")
    assert content(file) == before


def test_steps_of_another_set_are_nobodys_future(file: Path, taxonomy: Taxonomy) -> None:
    CaseStore(file, taxonomy).close()
    run(file, "INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('another', '999_from_the_future')")
    CaseStore(file, taxonomy).close()


# Several at once


def together(tasks: list[Callable[[], Any]]) -> list[Any]:
    """Run every task in its own thread, all from the same moment on, and return what they gave."""
    start = threading.Barrier(len(tasks))

    def wait_and_run(task: Callable[[], Any]) -> Any:
        start.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(wait_and_run, tasks))


def test_several_may_open_a_fresh_database_at_once(tmp_path: Path, taxonomy: Taxonomy) -> None:
    def identity(file: Path) -> str:
        with CaseStore(file, taxonomy) as store:
            return store.identity()

    for round_ in range(10):
        file = tmp_path / f"{round_}.sqlite"
        assert len(set(together([lambda file=file: identity(file)] * 4))) == 1


def test_opening_a_fresh_database_waits_for_the_one_that_is_writing_to_it(file: Path, taxonomy: Taxonomy) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as writer, ThreadPoolExecutor(1) as pool:
        writer.execute("BEGIN IMMEDIATE")
        opening = pool.submit(lambda: CaseStore(file, taxonomy).close())
        wait([opening], timeout=0.2)
        writer.execute("ROLLBACK")
        opening.result()


def test_two_that_publish_the_same_case_at_once_number_its_revisions_one_after_the_other(
    file: Path, taxonomy: Taxonomy
) -> None:
    def publish(years: range) -> None:
        with CaseStore(file, taxonomy) as store:
            for year in years:
                store.publish(by_hand(case("a", year=year)))

    CaseStore(file, taxonomy).close()
    together([lambda: publish(range(1900, 1915)), lambda: publish(range(2000, 2015))])
    with CaseStore(file, taxonomy) as store:
        assert [row.number for row in store.revisions("a")] == list(range(1, 31))
        assert [change.seq for change in store.changes_after(0)] == list(range(1, 31))
