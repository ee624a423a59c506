"""``syncline people`` as a process of its own, on a database of two tools; and what ``doctor`` says of people."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import HOSTILE, Place, Ran, place, run_syncline  # noqa: F401 - a fixture

from syncline.connector import Page
from syncline.model import Issue, Person, Record, Sourced, Status, StatusCategory
from syncline.seams import SystemClock
from syncline.status import StatusMap
from syncline.store import Store, open_store, runs
from syncline.store.home import Home
from syncline.store.ingest import Ingest
from syncline.store.readings import read_records
from syncline_cli.app import run

CONFIG = """
[hub]
database = "sqlite:///syncline.db"
people = "people.csv"
[teams]
core = { containers = ["eng:ENG"], wip = 3 }
"""
TOOL = """
[connections.%s]
connector = "jira"
url = "https://%s.example"
token = "env:TOKEN"
"""
CREW: dict[str, list[Record]] = {
    "eng": [
        Person(remote_id="a1", title="Ada Example", key="ada", email="ada@acme.example"),
        Person(remote_id="b1", title="Ben Example"),
        Person(remote_id="b2", title="Ben Example", active=False),
        Person(remote_id="w1", title="Wren Example", active=False),
        Person(remote_id="z1", title="Zed Example"),
        Issue(
            remote_id="1",
            title="x",
            status=Status(name="Open", category=StatusCategory.TODO),
            assignees=("w1",),
        ),
    ],
    "own": [
        Person(remote_id="a2", title="ada", email="ADA@acme.example"),
        Person(remote_id="c2", title="Cleo"),
    ],
}


def fill(store: Store, crew: dict[str, list[Record]]) -> None:
    now = SystemClock().now()
    number_of_run = runs.begin(store, "pull", now)
    with store.writing() as db:
        for number, (name, records) in enumerate(crew.items(), start=1):
            db.exec_driver_sql(
                "INSERT INTO connection VALUES (?, ?, 'jira', ?, 's', '{}', '', '2026-01-01T00:00:00.000Z')",
                (number, name, f"site-{name}"),
            )
            home = Home(connection_id=number, site=f"site-{name}", statuses=StatusMap())
            read = read_records(home, [Sourced(one, {"id": one.remote_id}) for one in records])
            Ingest(db, home, number_of_run, now, "all").page(Page(), read)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "syncline.toml").write_text(CONFIG + "".join(TOOL % (name, name) for name in CREW))
    with open_store(f"sqlite:///{tmp_path / 'syncline.db'}", create=True) as store:
        fill(store, CREW)
    return tmp_path


People = Callable[..., Ran]


@pytest.fixture
def people(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> People:
    """The command in this process: all of the program but its start."""

    def call(*arguments: str) -> Ran:
        monkeypatch.chdir(folder)
        code = run(["people", *arguments])
        return Ran(code, *capsys.readouterr())

    return call


def test_without_a_list_everybody_is_unknown_those_with_work_first(people: People) -> None:
    ran = people("--json")
    assert (ran.code, ran.err) == (0, "")
    assert [(one["ref"], one["open_items"]) for one in ran.document["unknown"]] == [
        ("site-eng:Person:w1", 1),
        ("site-eng:Person:a1", 0),
        ("site-eng:Person:b1", 0),
        ("site-eng:Person:z1", 0),
        ("site-own:Person:a2", 0),
        ("site-own:Person:c2", 0),
    ]
    assert ran.document["people"] == []


def test_unknown_accounts_are_added_once_by_the_real_program(folder: Path) -> None:
    ran = run_syncline("people", "--write", cwd=folder)
    assert ran.code == 0
    assert "5 rows added to" in ran.out
    path = folder / "people.csv"
    assert path.read_text().splitlines() == [
        "person,email,team,eng,own",
        "Wren Example,,,w1,",
        "Ada Example,ada@acme.example,,a1,a2",
        "Ben Example,,,b1,",
        "Zed Example,,,z1,",
        "Cleo,,,,c2",
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.stat()
    again = run_syncline("-vvv", "people", "--write", "--json", cwd=folder)
    after = path.stat()
    assert (again.code, after.st_ino, after.st_mtime_ns) == (0, before.st_ino, before.st_mtime_ns)
    assert (again.document["unknown"], again.document["added"]) == ([], [])
    assert len(again.document["people"]) == 5
    assert "Example" not in again.err, "nothing of a person is logged"
    assert "acme" not in again.err


def test_what_stands_there_is_left_as_it_is(folder: Path, people: People) -> None:
    path = folder / "people.csv"
    text = '\ufeff# ask Ada\r\nPerson ; Email;own\r\n"Example; Ada"; ADA@acme.example;\r\n\r\n # end'
    path.write_bytes(text.encode())
    path.chmod(0o640)
    ran = people("--write", "--json")
    assert ran.code == 0
    assert [row["person"] for row in ran.document["added"]] == [
        "Wren Example",
        "Ben Example",
        "Zed Example",
        "Cleo",
    ]
    added = "Wren Example;;;w1\r\nBen Example;;;b1\r\nZed Example;;;z1\r\nCleo;;c2;\r\n"
    assert path.read_bytes().decode() == text.replace("Email;own", "Email;own;eng") + "\r\n" + added
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [one["matched"] for one in people("--json").document["people"][0]["accounts"]] == [
        "email",
        "email",
    ]
    assert os.listdir(folder).count("people.csv") == 1
    assert not [name for name in os.listdir(folder) if name.startswith(".people")]


def test_a_link_stays_a_link(folder: Path, people: People) -> None:
    (folder / "shared").mkdir()
    (folder / "shared/list.csv").write_text("person\n")
    (folder / "people.csv").symlink_to("shared/list.csv")
    assert people("--write").code == 0
    assert (folder / "people.csv").is_symlink()
    assert "Cleo" in (folder / "shared/list.csv").read_text()


def test_mistakes_are_told_by_line_and_end_with_2(folder: Path, people: People) -> None:
    (folder / "people.csv").write_text(
        "person,team,eng,onw\nAda,coer,ada,\nBen,core,Ben Example,\nCleo,,nobody,\nDora,,ada,\n"
    )
    ran = people()
    assert ran.code == 2
    assert ran.err.splitlines() == [
        'syncline: people.csv line 1: column "onw" is no connection; did you mean "own"?',
        'syncline: people.csv line 2: no team is named "coer"; did you mean "core"?',
        'syncline: people.csv line 3: eng: "Ben Example" fits several accounts: Ben Example (b1), Ben Example (b2); '
        "write the id of one",
        'syncline: people.csv line 4: eng: no account is called "nobody"',
        'syncline: people.csv line 5: eng: Ada Example (a1) is claimed by "Ada" (line 2) and "Dora" (line 5); '
        "it counts as nobody's",
    ]
    document = people("--json").document
    assert [one["line"] for one in document["mistakes"]] == [1, 2, 3, 4, 5]
    assert document["exit_code"] == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "people.csv is empty"),
        (b"name\n", "people.csv line 1: the column person is missing"),
        (b"person\n\xff\n", "people.csv line 2: is not UTF-8 text"),
        (b'person\n"a\n', "people.csv line 2: unexpected end of data"),
    ],
)
def test_a_list_that_is_none_is_told_and_left(folder: Path, people: People, text: bytes, says: str) -> None:
    (folder / "people.csv").write_bytes(text)
    for arguments in ((), ("--write",), ("--json",)):
        ran = people(*arguments)
        assert ran.code == 2
        assert says in ran.err
        assert len(ran.err.splitlines()) == 1
        assert (folder / "people.csv").read_bytes() == text


def test_without_a_place_for_it_no_list_is_written(folder: Path, people: People) -> None:
    path = folder / "syncline.toml"
    path.write_text(path.read_text().replace('people = "people.csv"\n', ""))
    ran = people()
    assert ran.code == 0
    assert 'set people = "people.csv" under [hub]' in ran.out
    ran = people("--write")
    assert (ran.code, ran.out) == (2, "")
    assert 'no list of people is named — set people = "people.csv" under [hub]' in ran.err


def test_a_folder_that_cannot_be_written_is_told(folder: Path, people: People) -> None:
    path = folder / "syncline.toml"
    path.write_text(path.read_text().replace('"people.csv"', '"nowhere/people.csv"'))
    ran = people("--write")
    assert ran.code == 2
    assert "people.csv cannot be written: No such file or directory" in ran.err


def test_no_name_moves_the_cursor_or_starts_a_program(folder: Path, people: People) -> None:
    with open_store(f"sqlite:///{folder / 'syncline.db'}") as store:
        home = Home(connection_id=1, site="site-eng", statuses=StatusMap())
        read = read_records(home, [Sourced(Person(remote_id="h1", title=f"=cmd {HOSTILE}"), {"id": "h1"})])
        with store.writing() as db:
            Ingest(db, home, 1, SystemClock().now(), "all").page(Page(), read)
    printed = people().out + people("--write").out + people().out
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    text = (folder / "people.csv").read_text()
    assert "h1" in text
    assert "\x1b" not in text
    assert "\n=" not in text


# ---- doctor --------------------------------------------------------------------------------------------------


def test_doctor_names_people_without_a_map_and_teams_without_a_container(place: Place) -> None:  # noqa: F811
    place.configure("[hub]\n", '[hub]\npeople = "people.csv"\n')
    config = place.folder / "syncline.toml"
    config.write_text(
        config.read_text()
        + '\n[teams]\ncore = { containers = ["jira:ENG"] }\ngrowth = { containers = ["jira:NOPE"] }\n'
    )
    assert place.run("pull").code == 0
    ran = place.run("doctor", "--json")
    told = ran.document["connections"]["jira"]
    assert "1 account without a person: Mia Rivers; see `syncline people`" in told["notes"]
    (problem,) = told["problems"]
    assert problem.startswith("NOPE, where team growth works, is not visible to this account")
    assert (ran.code, ran.document["people"]) == (2, [])
    place.configure('"jira:NOPE"', '"jira:WEB"')
    assert place.run("people", "--write").code == 0
    assert place.run("doctor", "--json").code == 0
    path = place.folder / "people.csv"
    path.write_text(path.read_text() + "Nobody,,,who\n")
    ran = place.run("doctor")
    assert ran.code == 2
    assert '  FAIL  people.csv line 3: jira: no account is called "who"' in ran.out


def test_every_run_links_accounts_again(place: Place) -> None:  # noqa: F811
    place.configure("[hub]\n", '[hub]\npeople = "people.csv"\n')
    (place.folder / "people.csv").write_text("person,email,jira\nMia,mia@acme.example,\n")
    assert place.run("pull").code == 0
    with open_store(f"sqlite:///{place.folder / 'syncline.db'}") as store, store.reading() as db:
        assert db.exec_driver_sql("SELECT person, matched FROM people").all() == [("Mia", "email")]
    (place.folder / "people.csv").write_text("person,jira\nMia,nobody\n,\n")
    ran = place.run("pull", "--json")
    assert ran.code == 0
    (place.folder / "people.csv").write_text("nonsense\n")
    ran = place.run("pull", "--json")
    assert ran.code == 2
    assert "people.csv line 1: the column person is missing" in json.dumps(ran.document["problems"])
