"""Files through the engine: what an unchanged file costs, what vanished, what is mended, and who is who."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from tests.databases import Database
from tests.engine.world import World
from tests.files.world import REGISTRY, problems, world, write

from syncline.config.loading import parse
from syncline.sync.result import PullResult
from syncline_connectors.files import Files
from syncline_connectors.files.content import plain_open

NPS = "respondent,answered_at,score\nada,2026-11-01,9\nben,2026-11-02,3\ncleo,2026-11-03,10\n"


def counts(result: PullResult, stream: str, name: str = "files") -> tuple[int, ...]:
    """Read, created, updated, removed, quarantined."""
    found = result.connections[name][stream]
    return found.read, found.created, found.updated, found.removed, found.quarantined


def errors(result: PullResult) -> list[str]:
    return [f"{problem.stream}: {problem.error}" for problem in result.problems]


def present(at: World, column: str = "remote_id") -> list[Any]:
    return [row[0] for row in at.rows(f"SELECT {column} FROM records WHERE absent IS NULL ORDER BY 1")]


def test_an_unchanged_file_costs_nothing(tmp_path: Path) -> None:
    write(tmp_path, "nps.csv", NPS)
    here = world(tmp_path, surveys="nps.csv")
    assert counts(here.pull(), "surveys") == (3, 3, 0, 0, 0)
    seq = here.rows("SELECT max(seq) FROM ingest")
    result = here.pull()
    assert counts(result, "surveys") == (0, 0, 0, 0, 0)
    assert result.exit_code == 0
    assert result.connections["files"]["surveys"].requests == 0
    assert here.rows("SELECT max(seq) FROM ingest") == seq


def test_a_changed_file_is_read_whole_and_its_vanished_rows_are_noticed_at_once(tmp_path: Path) -> None:
    write(tmp_path, "nps.csv", NPS)
    here = world(tmp_path, surveys="nps.csv")
    here.pull()
    write(tmp_path, "nps.csv", "respondent,answered_at,score\ncleo,2026-11-03,8\nada,2026-11-01,9\n")
    assert counts(here.pull(), "surveys") == (2, 0, 1, 1, 0)
    scores = here.rows("SELECT json_extract(data, '$.respondent'), absent FROM records ORDER BY 1")
    assert scores == [("ada", None), ("ben", "missing"), ("cleo", None)]
    write(tmp_path, "nps.csv", NPS)
    here.pull()
    assert len(present(here)) == 3, "a row that is back is back"


def test_the_census_is_owed_when_the_run_dies_before_it(tmp_path: Path) -> None:
    write(tmp_path, "nps.csv", NPS)

    world(tmp_path, surveys="nps.csv").pull()
    write(tmp_path, "nps.csv", NPS.replace("ben,2026-11-02,3\n", ""))
    with pytest.raises(AttributeError):
        world(tmp_path, _dying(), surveys="nps.csv").pull()
    here = world(tmp_path, surveys="nps.csv")
    assert len(present(here)) == 3
    here.pull()
    assert len(present(here)) == 2


def _dying() -> type[Files]:
    class Dying(Files):
        def census(self, stream: object) -> Any:
            raise AttributeError("killed")

    return Dying


def test_a_file_that_vanished_is_absent(tmp_path: Path) -> None:
    for name in ("ada", "ben"):
        write(tmp_path, f"notes/{name}.md", f"# {name}")
    here = world(tmp_path, notes="notes/*.md")
    here.pull()
    (tmp_path / "notes/ada.md").unlink()
    assert counts(here.pull(), "notes") == (0, 0, 0, 1, 0)
    assert present(here) == ["notes/ben.md"]


def test_a_path_that_is_not_there_is_one_line_and_loses_nothing(tmp_path: Path) -> None:
    write(tmp_path, "nps.csv", NPS)
    write(tmp_path, "d.csv", "title\nx\n")
    here = world(tmp_path, surveys="nps.csv", decisions="d.csv")
    here.pull()
    (tmp_path / "nps.csv").unlink()
    result = here.pull()
    assert errors(result) == [
        "surveys: nps.csv is not there — correct the path under the connection, or take it out; "
        "nothing was marked as gone"
    ]
    assert result.exit_code == 4
    assert result.connections["files"]["decisions"].complete
    assert len(present(here)) == 4


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\0a", b"<html>", b"respondent,answered_at\n", NPS.encode() + b'x,2026-11-04,"1'],
)
def test_a_spoilt_file_marks_nothing_as_gone(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, "nps.csv", NPS)
    here = world(tmp_path, surveys="nps.csv")
    here.pull()
    write(tmp_path, "nps.csv", content)
    result = here.pull()
    assert result.exit_code == 4
    assert len(errors(result)) == 1
    assert len(present(here)) == 3
    write(tmp_path, "nps.csv", NPS)
    assert here.pull().exit_code == 0


def test_an_emptied_file_is_not_believed(tmp_path: Path) -> None:
    write(tmp_path, "nps.csv", NPS)
    here = world(tmp_path, surveys="nps.csv")
    here.pull()
    write(tmp_path, "nps.csv", NPS.splitlines()[0])
    assert "the census lists nothing, but 3 records of surveys are known" in errors(here.pull())[0]
    assert len(present(here)) == 3


# ---- set aside, and mended -----------------------------------------------------------------------------------


def test_a_bad_row_is_told_once_and_let_go_when_mended(tmp_path: Path) -> None:
    write(tmp_path, "nps.csv", NPS.replace(",3", ",eleven"))
    here = world(tmp_path, surveys="nps.csv")
    result = here.pull()
    assert (counts(result, "surveys"), result.exit_code) == ((3, 2, 0, 0, 1), 3)
    assert [found.reason for found in result.set_aside] == [
        'nps.csv line 3: column score: "eleven" is not a number'
    ]
    here.clock.advance(60)
    assert here.pull().exit_code == 0, "told once"
    write(tmp_path, "nps.csv", NPS)
    here.pull()
    assert here.rows("SELECT count(*) FROM quarantine") == [(0,)]
    assert len(present(here)) == 3


def test_a_row_that_cannot_be_read_any_more_keeps_its_record(tmp_path: Path) -> None:
    write(tmp_path, "nps.csv", NPS)
    here = world(tmp_path, surveys="nps.csv")
    here.pull()
    write(tmp_path, "nps.csv", NPS.replace(",3", ",eleven"))
    here.pull()
    assert len(present(here)) == 3
    assert here.rows("SELECT count(*) FROM quarantine") == [(1,)]


def test_an_unknown_column_is_told_once_and_let_go(tmp_path: Path) -> None:
    write(tmp_path, "d.csv", "title,onwer\nx,ada\n")
    here = world(tmp_path, decisions="d.csv")
    result = here.pull()
    assert [found.reason for found in result.set_aside] == [
        'd.csv line 1: 1 column is not read: "onwer" (did you mean "owner"?); correct, or name under `ignore`'
    ]
    here.clock.advance(60)
    assert here.pull().exit_code == 0, "told once"
    here.connections["files"]["ignore"] = ["Onwer"]
    here.pull()
    assert here.rows("SELECT count(*) FROM quarantine") == [(0,)]


def test_a_mended_duplicate_is_read_though_its_own_file_is_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, "d/a.csv", "id,title\n1,a\n")
    write(tmp_path, "d/b.csv", "id,title\n1,b\n2,c\n")
    here = world(tmp_path, decisions="d/*.csv")
    assert counts(here.pull(), "decisions") == (3, 2, 0, 0, 1)
    write(tmp_path, "d/a.csv", "id,title\n3,a\n")
    here.pull()
    assert here.rows("SELECT remote_id, title, absent FROM records ORDER BY 1") == [
        ("1", "b", None),
        ("2", "c", None),
        ("3", "a", None),
    ]


# ---- history and settings ------------------------------------------------------------------------------------


def test_a_rollouts_past_is_its_history(tmp_path: Path) -> None:
    head = "flag,env,percent,at\n"
    first = f"{head}f,prod,1,2026-11-01\nf,prod,50,2026-11-05\n"
    write(tmp_path, "f.csv", first)
    here = world(tmp_path, rollouts="f.csv")
    here.pull()
    write(tmp_path, "f.csv", f"{first}f,prod,20,2026-11-07\n")
    assert here.pull().connections["files"]["history"].created == 1
    told = here.rows(
        "SELECT substr(at, 1, 10), old, new, origin FROM events WHERE field = 'percent' ORDER BY at"
    )
    assert told == [
        ("2026-11-01", None, "1", "native"),
        ("2026-11-05", "1", "50", "native"),
        ("2026-11-07", "50", "20", "native"),
    ]


def test_a_changed_setting_reads_unchanged_files_anew(tmp_path: Path) -> None:
    write(tmp_path, "d.csv", "service,at\napi,2026-07-01 10:00\n")
    here = world(tmp_path, deploys="d.csv")
    here.pull()
    here.connections["files"]["timezone"] = "Europe/Berlin"
    here.pull()
    assert here.rows("SELECT json_extract(data, '$.at') FROM records WHERE absent IS NULL") == [
        ("2026-07-01T08:00:00Z",)
    ]


def test_company_fields_may_have_other_headers_and_choices(tmp_path: Path) -> None:
    write(tmp_path, "s.csv", "Item,As of,Sev.,Users / quarter\nENG-1,2026-11-01,critical,400\n")
    fields = {"severity": {"field": "Sev.", "values": {"s1": ["Critical"]}}, "reach": "users / quarter"}
    here = world(tmp_path, scores="s.csv", fields=fields)
    company = {"severity": {"type": "choice", "values": ["s1", "s2"]}, "reach": {"type": "number"}}
    document = {"connections": here.connections, "fields": company, "hub": {"history": "all"}}
    config, wrong = parse(document, tmp_path, REGISTRY)
    assert config is not None
    assert not wrong
    here.config = lambda: config  # type: ignore[method-assign]
    here.pull()
    assert here.rows("SELECT json_extract(data, '$.fields') FROM records") == [
        ('{"severity":"s1","reach":400}',)
    ]


# ---- who is who ----------------------------------------------------------------------------------------------


def test_renaming_the_connection_and_moving_the_folder_change_nothing(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    write(old, "nps.csv", NPS)
    write(old, "notes/a.md", "# a")
    keys: dict[str, Any] = {"surveys": "nps.csv", "notes": "notes/*.md"}
    world(old, **keys).pull()
    shutil.move(old, new)
    here = world(new, name="research", **keys)
    result = here.pull()
    assert (counts(result, "surveys", "research"), counts(result, "notes", "research")) == (
        (0,) * 5,
        (0,) * 5,
    )
    assert len(present(here)) == 4
    assert here.rows("SELECT name, site FROM connection") == [("research", "files")]


def test_two_connections_need_two_sites(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", "id,title\n1,a\n")
    write(tmp_path, "b.csv", "id,title\n1,b\n")
    here = world(tmp_path, decisions="a.csv")
    here.connections["more"] = {"connector": "files", "decisions": "b.csv"}
    document = {"connections": here.connections}
    (wrong,) = parse(document, tmp_path, REGISTRY)[1]
    assert str(wrong) == '[connections.more] site: is "files", as for files; give each its own'
    here.connections["more"]["site"] = "research"
    here.pull()
    assert present(here, "ref") == ["files:Decision:1", "research:Decision:1"]


def test_a_connection_without_a_network_opens_no_client(tmp_path: Path) -> None:
    write(tmp_path, "nps.csv", NPS)

    def never(*_: object, **__: object) -> Any:
        raise AssertionError("a client was built")

    assert world(tmp_path, surveys="nps.csv").pull(open_http=never).exit_code == 0


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"url": "https://x.example"}, "url means nothing for files; take it out"),
        ({"access": "write"}, "access"),
        ({"surveys": 3}, "surveys"),
        ({"site": "a:b"}, "site"),
        ({"streams": ["surveys"]}, "streams names surveys, but surveys names no files"),
        ({"streams": ["survey"], "surveys": "a.csv"}, "streams"),
        ({"streams": [], "surveys": "a.csv"}, "streams is empty"),
        ({"survey": "a.csv"}, "surveys"),
        ({"timezone": "Berlin"}, "Europe/Berlin"),
        ({"decimal": ";"}, "decimal"),
        ({"surveys": "a\nb"}, "must be paths of printable characters"),
    ],
)
def test_mistakes_in_the_configuration_are_told(tmp_path: Path, keys: dict[str, Any], says: str) -> None:
    (told,) = problems(tmp_path, **keys)
    assert says in told


def test_files_are_found_from_the_configuration_not_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "company/nps.csv", NPS)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    here = world(tmp_path / "company", surveys="nps.csv")
    assert counts(here.pull(), "surveys") == (3, 3, 0, 0, 0)


def test_a_walk_cut_short_goes_on_where_it_was(tmp_path: Path) -> None:
    rows = "".join(f"{n},2026-11-01,{n % 11}\n" for n in range(50))
    write(tmp_path, "nps.csv", f"id,answered_at,score\n{rows}")
    left = [300]

    class Short(Files):
        page_size = 10

        @staticmethod
        def opener(path: Path) -> BinaryIO:
            return plain_open(path)

        def _walk(self, *given: Any) -> Any:
            for page in super()._walk(*given):
                left[0] -= len(page.records)
                if 0 < left[0] <= 280:
                    left[0] = -1
                    raise OSError(5, "killed")
                yield page

    here = world(tmp_path, Short, surveys="nps.csv")
    with pytest.raises(OSError, match="killed"):
        here.pull()
    assert len(present(here)) == 10
    assert counts(here.pull(), "surveys") == (40, 40, 0, 0, 0)
    assert len(present(here)) == 50


def test_a_server_does_the_same(tmp_path: Path, on_postgres: Database) -> None:
    write(tmp_path, "nps.csv", NPS.replace("ada", "a\0da").replace("ben", "b\u2028en 😀"))
    write(tmp_path, "notes/a.md", "# a\0b\n\ntext 😀")
    write(tmp_path, "f.csv", "flag,percent,at\nf,1,2026-11-01\nf,50,2026-11-05\n")
    here = world(tmp_path, surveys="nps.csv", notes="notes/*.md", rollouts="f.csv")
    here.url = on_postgres.url
    result = here.pull()
    assert [counts(result, name) for name in ("surveys", "notes", "rollouts")] == [
        (3, 2, 0, 0, 1),
        (1, 1, 0, 0, 0),
        (1, 1, 0, 0, 0),
    ]
    assert result.problems == []
    write(tmp_path, "nps.csv", NPS.replace("ben,2026-11-02,3\n", ""))
    assert counts(here.pull(), "surveys") == (2, 1, 0, 1, 0)
    assert here.rows("SELECT count(*) FROM quarantine") == [(0,)]
