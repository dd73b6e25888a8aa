"""The terminal, over real homes: what it prints, and the exit codes that scripts rely on."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import click
import pytest
import yaml

from kb.shipped import COLLECTION_FOLDER
from kb.text import LANGUAGES
from web.cli.commands import build, main
from web.cli.terminal import Terminal
from web.wiring import Services

ROOT = Path(__file__).parent.parent
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], services: Services) -> Run:
    """Run the program in the home of the whole collection, or in another `home`; give code, output and errors."""

    def call(*arguments: str, home: Path = services.settings.home, **environment: str) -> tuple[int, str, str]:
        for name in ("PFADFINDER_LANG", "PFADFINDER_MODEL", "PORT"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"PFADFINDER_HOME": str(home), "PFADFINDER_LANG": "en", **environment}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as exit_code:
            main(arguments)
        captured = capsys.readouterr()
        return int(exit_code.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture(scope="module")
def saved(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over the shipped check queries."""
    file = tmp_path_factory.mktemp("runs") / "run.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PFADFINDER_HOME", str(services.settings.home))
        with pytest.raises(SystemExit):
            main(["eval", "check", "--save", str(file)])
    return file


@pytest.fixture
def small_home(tmp_path: Path, run: Run) -> Path:
    """A home with three cases of its own."""
    folder = tmp_path / "cases"
    folder.mkdir()
    for name in ("eta-fabrik-darmstadt", "mader-looxr-digital-air", "kalundborg-symbiosis"):
        shutil.copy(COLLECTION_FOLDER / f"{name}.yml", folder)
    home = tmp_path / "home"
    assert run("ingest", str(folder), home=home)[0] == 0
    return home


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_and_option_has_help_in_both_languages(language: str) -> None:
    group = build(Terminal({"PFADFINDER_LANG": language}))
    assert set(group.commands) == {
        *("ingest", "index", "search", "match", "export", "show", "serve", "stats", "eval", "user", "check-links")
    }
    users = group.commands["user"]
    assert isinstance(users, click.Group)
    for command in [*group.commands.values(), *users.commands.values()]:
        assert command.help
        assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_every_command_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(name in readme for name in build(Terminal({})).commands)


def test_a_search_prints_ranked_cases_with_the_reason(run: Run) -> None:
    code, out, _ = run("search", "Druckluft als Dienstleistung", "--pathway", "services", "--lang", "de")
    assert code == 0
    assert "1. " in out
    assert "[mader-looxr-digital-air]" in out.split("\n\n")[1]
    assert "Gefunden über" in out


def test_a_search_as_json_is_what_the_api_gives(run: Run, services: Services) -> None:
    from web.app import create_app

    code, out, _ = run("search", "Abwärme", "--region", "DE-NW", "--json", "--lang", "de")
    api = create_app(services).test_client().get("/api/v1/search?q=Abwärme&region=DE-NW&lang=de").get_json()
    assert code == 0
    assert json.loads(out) == api


def test_nothing_found_is_exit_code_1(run: Run) -> None:
    assert run("search", "Wasserstoff", "--sector", "C11", "--size", "micro")[0] == 1
    code, _, err = run("show", "no-such-case")
    assert (code, "no-such-case" in err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("search", "x", "--pathway", "nope"), "efficiency, services, cooperation"),
        (("search", "x", "--sector", "C99"), "C10"),
        (("search", "Abwärme", "--page", "99"), "page"),
        (("search",), "QUERY"),
        (("nope",), "nope"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_names_what_is_allowed(run: Run, arguments: tuple[str, ...], said: str) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert said in err


def test_show_prints_the_case_and_its_record_reads_back(run: Run) -> None:
    code, out, _ = run("show", "eta-fabrik-darmstadt", "--lang", "de")
    assert code == 0
    assert "Wirkungen" in out
    assert "angegeben" in out
    assert "https://" in out
    record = json.loads(run("show", "eta-fabrik-darmstadt", "--json")[1])
    assert record == yaml.safe_load((COLLECTION_FOLDER / "eta-fabrik-darmstadt.yml").read_text(encoding="utf-8"))


def test_stats_count_every_case_under_one_main_pathway(run: Run, records: dict[str, Any]) -> None:
    figures = json.loads(run("stats", "--json")[1])
    assert figures["cases"] == len(records)
    assert sum(figures["by_pathway"].values()) == len(records)
    assert set(figures["by_pathway"]) == {"efficiency", "services", "cooperation"}
    assert "213 cases" in run("stats")[1]


def test_the_language_of_the_terminal_is_that_of_the_environment(run: Run) -> None:
    assert "213 Fälle" in run("stats", PFADFINDER_LANG="de")[1]
    assert "Suchindex" in run("--help", PFADFINDER_LANG="de_DE.UTF-8")[1]


def test_ingesting_twice_changes_nothing_and_says_so(run: Run, small_home: Path) -> None:
    folder = small_home.parent / "cases"
    code, out, _ = run("ingest", str(folder), home=small_home)
    assert code == 0
    assert "3 unchanged" in out
    assert "Nothing has changed" in out


def test_a_dry_run_of_a_table_says_of_each_row_what_it_would_do(run: Run, small_home: Path, tmp_path: Path) -> None:
    record = yaml.safe_load((small_home.parent / "cases" / "eta-fabrik-darmstadt.yml").read_text(encoding="utf-8"))
    rows = [record, record | {"id": "a-copy"}, record | {"id": "broken", "role": "owner"}]
    (tmp_path / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    code, out, err = run("ingest", str(tmp_path / "rows.jsonl"), "--dry-run", home=small_home)
    assert code == 3
    assert "0 new, 0 changed, 1 unchanged, 1 likely here already, 1 faulty." in out
    assert "a-copy: likely eta-fabrik-darmstadt (the same source" in out
    assert "rows.jsonl [2]" in err
    assert run("show", "a-copy", home=small_home)[0] == 1


def test_a_dry_run_tells_everything_and_stores_nothing(run: Run, small_home: Path) -> None:
    changed = small_home.parent / "cases" / "eta-fabrik-darmstadt.yml"
    changed.write_text(changed.read_text(encoding="utf-8").replace("place: Darmstadt", "place: Kassel"))
    report = json.loads(run("ingest", str(changed), "--dry-run", "--json", home=small_home)[1])
    assert (report["changed"], report["dry_run"]) == (1, True)
    assert json.loads(run("show", "eta-fabrik-darmstadt", "--json", home=small_home)[1])["place"] == "Darmstadt"


def test_a_faulty_file_is_exit_code_3_with_file_field_and_reason_and_loses_nothing_else(
    run: Run, tmp_path: Path, records: dict[str, Any]
) -> None:
    good, bad = records["kalundborg-symbiosis"], {**records["eta-fabrik-darmstadt"], "sector": "X99", "colour": "red"}
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "good.json").write_text(json.dumps(good))
    (tmp_path / "cases" / "bad.json").write_text(json.dumps(bad))
    home = tmp_path / "home"
    code, out, err = run("ingest", str(tmp_path / "cases"), home=home)
    assert code == 3
    assert "1 new" in out
    for words in ("bad.json", "sector", "X99", "colour", "no such field"):
        assert words in err
    assert run("show", "kalundborg-symbiosis", home=home)[0] == 0


def test_a_new_case_is_found_at_once_in_the_other_language(run: Run, small_home: Path) -> None:
    code, out, _ = run("search", "Dampf und Wasser unter Nachbarn tauschen", "--json", home=small_home)
    assert code == 0
    assert json.loads(out)["results"][0]["id"] == "kalundborg-symbiosis"


def test_building_the_index_again_embeds_nothing(run: Run, small_home: Path) -> None:
    report = json.loads(run("index", "--json", home=small_home)[1])
    assert (report["cases"], report["embedded"]) == (3, 0)


def test_a_damaged_index_is_named_by_check_and_mended_by_the_next_search(run: Run, small_home: Path) -> None:
    assert run("index", "--check", home=small_home)[0] == 0
    folder = small_home / "index" / (small_home / "index" / "CURRENT").read_text().strip()
    damaged = bytearray((folder / "vectors.faiss").read_bytes())
    damaged[-1] ^= 1
    (folder / "vectors.faiss").write_bytes(damaged)
    code, out, _ = run("index", "--check", home=small_home)
    assert (code, "vectors.faiss" in out) == (1, True)
    code, _, err = run("search", "Druckluft", home=small_home)
    assert code == 0
    assert "damaged" in err
    assert run("index", "--check", home=small_home)[0] == 0


@pytest.mark.parametrize(
    ("environment", "code", "said"),
    [
        ({"PORT": "eighty"}, 2, "PORT"),
        ({"PFADFINDER_HOME": "/proc/nowhere"}, 4, "PFADFINDER_HOME"),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_with_the_way_out(
    run: Run, environment: dict[str, str], code: int, said: str
) -> None:
    found, _, err = run("stats", **environment)
    assert found == code
    assert said in err
    assert "Traceback" not in err


def test_a_file_that_is_no_database_is_refused_in_words(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pfadfinder.db").write_text("this is not a database, but long enough to be looked at " * 20)
    code, _, err = run("stats", home=tmp_path)
    assert code == 4
    assert "cannot be used" in err


def test_eval_gives_every_leg_and_group_with_intervals_as_data_and_the_same_run_against_it_is_noise(
    run: Run, saved: Path
) -> None:
    code, out, _ = run("eval", "check", "--json", "--against", str(saved))
    result = json.loads(out)
    assert code == 0
    hybrid = result["legs"]["hybrid"]
    for group in (hybrid, hybrid["by"]["direction"]["de-en"], hybrid["by"]["kind"]["question"]):
        assert (group["against"]["change"], group["against"]["noise"]) == (0.0, True)
    assert (result["cases"], set(result["legs"])) == (213, {"hybrid", "words", "grams", "meaning"})
    for summary in result["legs"].values():
        assert set(summary["by"]["language"]) == {"de", "en"}
        assert set(summary["by"]["kind"]) == {"question", "keywords", "entity"}
        assert set(summary["by"]["direction"]) == {"de-de", "de-en", "en-de", "en-en"}
        for group in (summary, *(group for by in summary["by"].values() for group in by.values())):
            for measure in ("ndcg@10", "recall@10", "mrr", "success@1", "refused"):
                low, high = group["intervals"][measure]
                assert 0 <= low <= group[measure] <= high <= 1
        assert all("rejected" in group["intervals"] for group in summary["by"]["language"].values())


def test_eval_without_a_file_measures_the_shipped_queries(run: Run) -> None:
    code, out, _ = run("eval", PFADFINDER_LANG="de")
    assert code == 0
    for words in ("Zusammen", "Deutsch → englische Texte", "Vorhaben", "Bedeutung allein"):
        assert words in out
    assert max(len(line) for line in out.splitlines()) <= 100


def test_eval_of_a_file_that_is_not_there_names_the_shipped_ones(run: Run) -> None:
    code, _, err = run("eval", "nope.yml")
    assert code == 2
    assert "dev, check, negatives" in err


def test_a_faulty_file_of_judgements_is_exit_code_3(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "queries.yml"
    file.write_text("- {id: a, text: b}")
    assert run("eval", str(file))[0] == 3


def test_a_fresh_home_is_served_after_one_command(tmp_path: Path) -> None:
    environment = {"PFADFINDER_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PFADFINDER_LANG": "en"}
    command = [sys.executable, "-m", "web", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        timer = threading.Timer(60, server.kill)
        timer.start()
        said = []
        for line in server.stderr:
            said.append(line)
            if address := re.search(r"http://127\.0\.0\.1:\d+", line):
                with urlopen(f"{address.group()}/api/v1/search?q=heat", timeout=30) as answer:
                    assert json.load(answer)["total"] > 0
                break
        server.terminate()
        server.stderr.read()
        timer.cancel()
    assert "213 new" in "".join(said)
    assert "pfadfinder user add NAME --role admin" in "".join(said)
    assert server.returncode == 0


def test_a_taken_port_is_said_before_any_work_is_done(run: Run, tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, err = run("serve", "--port", str(taken.getsockname()[1]), home=tmp_path)
    assert code == 4
    assert "another port" in err
    assert not (tmp_path / "pfadfinder.db").exists()


def test_a_change_against_a_saved_run_is_told_from_chance_by_group(run: Run, saved: Path, tmp_path: Path) -> None:
    before = json.loads(saved.read_text(encoding="utf-8"))
    german = before["legs"]["hybrid"]["by"]["language"]["de"]
    german["each"] = {query: score - 0.1 for query, score in german["each"].items()}
    worse = tmp_path / "worse.json"
    worse.write_text(json.dumps(before), encoding="utf-8")
    changes = run("eval", "check", "--against", str(worse))[1].split("Against the saved run")[1]
    german, english = (
        next(line for line in changes.splitlines() if name in line) for name in ("German q", "English q")
    )
    assert "+10.0 (+10.0 to +10.0)" in german
    assert "more than chance" in german
    assert "cannot be told from chance" in english


def test_runs_that_cannot_be_compared_or_saved_are_refused_in_words(run: Run, saved: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(
        re.sub(r'"(?=[\w-]+": [\d.]+,?\n)', '"other-', saved.read_text(encoding="utf-8")), encoding="utf-8"
    )
    assert "no query in common" in run("eval", "check", "--against", str(other))[1]
    for content in ("- {id: a}", "{}", '{"legs": {"hybrid": {"each": {"q": "x"}}}}', '{"legs": []}', "[" * 10**5):
        (tmp_path / "bad.json").write_text(content)
        code, _, err = run("eval", "check", "--against", str(tmp_path / "bad.json"))
        assert (code, "no saved run" in err) == (3, True)
    code, _, err = run("eval", "check", "--save", str(tmp_path / "no" / "such" / "run.json"))
    assert (code, "cannot be written" in err) == (4, True)


def test_a_case_that_is_judged_and_not_here_is_said(run: Run, small_home: Path) -> None:
    code, _, err = run("eval", "check", home=small_home)
    assert code == 0
    assert "jungheinrich-dresden-used-trucks" in err


# ---- comparable projects

PLAN = "Unsere Lohnhärterei will die Öfen erneuern und die Restwärme für die Waschanlage nutzen."


def test_a_description_in_a_file_finds_comparable_cases_with_reasons(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_bytes(b"\xef\xbb\xbf" + PLAN.encode())
    code, out, _ = run("match", str(file), "--lang", "de")
    assert code == 0
    assert "haerterei-reese-ofensteuerung" in out
    assert "- gleiche Branche: Metallerzeugnisse („Lohnhärterei“)" in out
    code, out, _ = run("match", str(file), "--sector", "C25", "--json")
    assert code == 0
    assert {hit["sector"] for hit in json.loads(out)["results"]} == {"C25"}


def test_a_description_that_nothing_comes_close_to_exits_with_1(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_text("We bake an apple pie with cinnamon on Sunday, and the children like it warm.", encoding="utf-8")
    code, out, _ = run("match", str(file))
    assert code == 1
    assert "0 comparable cases" in out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no word"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        ("ä".encode() * 20_001, "20000 are allowed"),
        ("漢".encode() * 100_000, "20000 are allowed"),
    ],
)
def test_what_is_no_description_exits_with_3(content: bytes, said: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_bytes(content)
    code, out, err = run("match", str(file))
    assert (code, out) == (3, "")
    assert said in err


def test_a_description_may_come_through_a_pipe(services: Services) -> None:
    environment = {**os.environ, "PFADFINDER_HOME": str(services.settings.home), "PFADFINDER_LANG": "en"}
    command = [sys.executable, "-m", "web", "match", "-"]
    done = subprocess.run(command, input=PLAN.encode(), env=environment, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0
    assert b"haerterei-reese" in done.stdout
