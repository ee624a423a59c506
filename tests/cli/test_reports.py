"""Reports from the command line: kept, listed, compared, verified, explained, archived; and alerts."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest
from sqlalchemy import text

from syncline.config.reporting import Report
from syncline.errors import ConfigError
from syncline.report.kept.make import KINDS
from syncline.store import open_store
from syncline_cli.report import FORMATS
from syncline_cli.report import KINDS as COMMANDS

from .conftest import CONFIG, Ran

Call = Callable[..., Ran]


def change(folder: Path, *statements: str) -> None:
    """Change the database behind the program's back."""
    with open_store(f"sqlite:///{folder / 'syncline.db'}") as store, store.writing() as db:
        for statement in statements:
            db.execute(text(statement))


LATER = "INSERT INTO ingest (seq, run_id, at) VALUES (2, 1, '2026-11-21T12:00:00.000Z')"


def test_the_kinds_and_formats_of_all_parts_are_the_same() -> None:
    from syncline.report import FORMATS as KNOWN

    configured = Report.model_json_schema()["properties"]["kind"]["enum"]
    assert set(COMMANDS) == set(KINDS) == set(configured)
    assert set(FORMATS) == set(KNOWN)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_made_of_a_small_company(call: Call, company: Path, kind: str) -> None:
    told = call(company, "report", kind).out
    assert told == f"the report is in {company / 'reports' / kind}.html (kept as no. 1)\n"
    assert json.loads(call(company, "report", kind, "--format", "json").out)["report"] == kind


def test_what_is_only_looked_at_is_not_kept(call: Call, company: Path) -> None:
    call(company, "report", "status", "--format", "text")
    assert call(company, "report", "list").out.startswith("No report was kept yet")
    call(company, "report", "status", "--format", "text", "--save")
    assert len(call(company, "report", "list").out.splitlines()) == 2


def test_the_list_as_a_document(call: Call, company: Path) -> None:
    call(company, "report", "status")
    call(company, "report", "status", "--as-of", "2026-11-20", "--out", "past.md", "--profile", "exec")
    past, now = json.loads(call(company, "--json", "report", "list").out)
    assert (now["id"], now["state"], now["format"], now["profile"]) == (1, "final", "html", "team")
    assert (past["id"], past["state"], past["format"], past["profile"]) == (2, "past", "markdown", "exec")
    assert past["known_seq"] == 1
    assert past["path"] == str(company / "past.md")


def test_verify_says_that_nothing_changed(call: Call, company: Path) -> None:
    call(company, "report", "status")
    ran = call(company, "report", "verify", "1")
    assert ran.code == 0
    assert re.match(
        r"(\d+) of \1 facts are the same\.\nWhat was written \(html\) is the same to the byte", ran.out
    )


def test_verify_tells_what_changed_since_from_what_is_wrong(call: Call, company: Path) -> None:
    call(company, "report", "status")
    change(company, LATER, "UPDATE record SET status_category = 'done', seq = 2 WHERE key = 'ENG-3'")
    ran = call(company, "report", "verify", "1")
    assert ran.code == 6
    assert "cannot be made again: 1 of its records changed since: " in ran.out
    assert " differ: " not in ran.out
    change(company, "UPDATE report_fact SET n = n + 5 WHERE name = 'overdue'")
    told = json.loads(call(company, "--json", "report", "verify", "1").out)
    wrong = [one for one in told["differences"] if one["verdict"] == "differs"]
    assert [one["facts"] for one in wrong] == [["overdue"]]


@pytest.mark.parametrize(
    ("change_", "why"),
    [
        (
            "settings = json_remove(settings, '$.stale_after')",
            "another version of Syncline: 'stale_after' is missing",
        ),
        ("settings = json_remove(settings, '$.as_of')", "another version of Syncline: 'as_of' is missing"),
        ("settings = json_set(settings, '$.later', 1)", "another version of Syncline: it knows later"),
        (
            "settings = json_set(settings, '$.roadmap', 'x')",
            "another version of Syncline: its settings are not",
        ),
        ("settings = json_set(settings, '$.timezone', 'Mars/X')", "unknown time zone 'Mars/X'"),
        ("kind = 'weekly'", "of the kind weekly, which this Syncline does not make"),
        ("format = 'pdf'", "this Syncline does not write pdf"),
    ],
)
def test_a_report_of_another_version_is_told_in_one_line_and_is_not_called_the_same(
    call: Call, company: Path, change_: str, why: str
) -> None:
    call(company, "report", "status")
    change(company, f"UPDATE report SET {change_}")
    ran = call(company, "report", "verify", "1")
    told = ran.out.splitlines()
    assert ran.code == 6
    assert told[-1].startswith("What was written (")
    assert "is not the same: the report cannot be made again: " in told[-1]
    assert why in told[-1]
    assert len(told) == 2


def test_diff_of_a_report_with_itself_and_with_a_later_one(call: Call, company: Path) -> None:
    call(company, "report", "status", "--save", "--format", "text", "--as-of", "2026-11-21")
    ran = call(company, "report", "diff", "1", "1")
    assert (ran.code, ran.out) == (0, "No difference.\n")
    change(
        company,
        LATER,
        "UPDATE record SET status_category = 'done', seq = 2 WHERE key = 'ENG-3'",
        "INSERT INTO event (record_id, native_id, ordinal, field, old, new, at, seen_at, seq)"
        " VALUES (3, 'e9', 0, 'status', '3', '5', '2026-11-20T18:00:00.000Z', '2026-11-21T12:00:00.000Z', 2)",
    )
    call(company, "report", "status", "--save", "--format", "text", "--as-of", "2026-11-21")
    told = json.loads(call(company, "--json", "report", "diff", "1", "2").out)
    assert told["happened"] == []  # both are as of the same moment: all is known late
    learned = {change["fact"]: (change["old"], change["new"]) for change in told["learned"]}
    assert learned["in_progress"] == (3, 2)
    assert call(company, "report", "diff", "1", "2").code == 6


def test_diff_of_different_kinds_is_refused(call: Call, company: Path) -> None:
    call(company, "report", "status")
    call(company, "report", "retro")
    with pytest.raises(ConfigError, match="a status report cannot be compared with a retro report"):
        call(company, "report", "diff", "1", "2")


@pytest.mark.parametrize("command", [("verify", "9"), ("diff", "9", "9"), ("explain", "9:F01")])
def test_a_report_that_is_not_there(call: Call, company: Path, command: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match=r"there is no report no\. 9"):
        call(company, "report", *command)


def test_explain_gives_definition_query_rows_and_links(call: Call, company: Path) -> None:
    call(company, "report", "status")
    out = call(company, "report", "explain", "in_progress").out
    assert "\nSELECT " in out
    assert "ENG-3  Search is slow  https://acme.example/browse/ENG-3" in out
    assert "\x1b" not in out
    assert "\u202e" not in out
    number = out.split()[0]
    assert call(company, "report", "explain", f"1:{number}").out == out


def test_the_explained_query_gives_the_rows_on_the_database(call: Call, company: Path) -> None:
    call(company, "report", "status")
    told = json.loads(call(company, "--json", "report", "explain", "in_progress").out)
    with open_store(f"sqlite:///{company / 'syncline.db'}") as store, store.reading() as db:
        wanted = {name: value for name, value in told["parameters"].items() if f":{name}" in told["sql"]}
        rows = db.execute(text(told["sql"]), wanted).all()
    assert len(rows) == told["n"] == told["value"] == 3


def test_explaining_what_is_not_there(call: Call, company: Path) -> None:
    with pytest.raises(ConfigError, match="no report was kept yet"):
        call(company, "report", "explain", "F01")
    call(company, "report", "status")
    with pytest.raises(ConfigError, match="report 1 has no fact 'speed'"):
        call(company, "report", "explain", "speed")


# ---- archives --------------------------------------------------------------------------------------------------------


def test_an_archive_keeps_every_page_and_lists_them(call: Call, company: Path) -> None:
    call(company, "report", "status", "--out", "archive/")
    first = next((company / "archive").glob("*-status.html"))
    kept = first.read_bytes()
    change(company, LATER, "UPDATE record SET title = '<b>new</b>', seq = 2 WHERE key = 'ENG-3'")
    call(company, "report", "status", "--out", "archive")
    call(company, "report", "retro", "--out", "archive", "--format", "markdown")
    day = f"{datetime.now(UTC).astimezone():%Y-%m-}"
    names = sorted(path.name for path in (company / "archive").iterdir())
    assert len(names) == 5
    assert {name for name in names if day in name} == set(names) - {"index.html", "feed.xml"}
    assert first.read_bytes() == kept
    index = (company / "archive" / "index.html").read_text()
    assert re.findall(r'<a href="([^"]+)">', index) == [
        next(name for name in names if name.endswith(".md")),
        next(name for name in names if name.endswith("-2.html")),
        first.name,
    ]
    feed = ElementTree.fromstring((company / "archive" / "feed.xml").read_text())  # noqa: S314 - our own
    atom = "{http://www.w3.org/2005/Atom}"
    assert [entry.findtext(f"{atom}title") for entry in feed.iter(f"{atom}entry")] == [
        "Retro",
        "Status",
        "Status",
    ]


# ---- since -----------------------------------------------------------------------------------------------------------


def test_since_last_continues_the_last_report(call: Call, company: Path) -> None:
    with pytest.raises(ConfigError, match="no status report was kept yet"):
        call(company, "report", "status", "--since", "last")
    call(company, "report", "status", "--out", "a.json")
    change(
        company,
        "UPDATE report SET as_of = '2026-11-21T09:00:00.000Z', period_end = '2026-11-20T23:00:00.000Z'",
    )
    call(company, "report", "status", "--since", "last", "--out", "b.json")
    document = json.loads((company / "b.json").read_text())
    assert document["period"]["start"] == "2026-11-20T23:00:00.000Z"
    assert json.loads(call(company, "--json", "report", "list").out)[0]["compared_with"] == 1
    assert (
        document["sections"]["changes"]["lines"][0]["text"]
        == "Compared with the report as of 21 Nov 2026, 10:00."
    )


def test_old_reports_are_forgotten_but_not_the_last_of_a_kind(call: Call, company: Path) -> None:
    for name in ("a", "b", "c"):
        call(company, "report", "status", "--out", f"{name}.json")
    call(company, "report", "standup", "--out", "d.json")
    change(
        company,
        "UPDATE report SET as_of = '2025-01-0' || id || 'T09:00:00.000Z'",
        "UPDATE report SET before_id = 2 WHERE id = 3",
        "INSERT INTO delivery (subject, period, channel, state, tries, at, report_id) VALUES"
        " ('report:x', 'p', 'c', 'waiting', 0, '2025-01-01T09:00:00.000Z', 1),"
        " ('report:y', 'p', 'c', 'sent', 1, '2025-01-01T09:00:00.000Z', 2)",
    )
    assert call(company, "report", "forget", "--before", "2025-01-02").out.startswith(
        "0 reports would be removed"
    )
    assert call(company, "report", "forget", "--before", "2025-02-01").out == (
        "1 report would be removed; --yes removes them.\n"
    )
    listed = json.loads(call(company, "--json", "report", "list").out)
    assert [row["id"] for row in listed] == [4, 3, 2, 1]
    assert call(company, "report", "forget", "--before", "2025-02-01", "--yes").out == "1 report removed.\n"
    listed = json.loads(call(company, "--json", "report", "list").out)
    assert [(row["id"], row["compared_with"]) for row in listed][:2] == [(4, None), (3, None)]
    assert [row["id"] for row in listed] == [4, 3, 1]
    with open_store(f"sqlite:///{company / 'syncline.db'}") as store, store.reading() as db:
        held = db.execute(text("SELECT DISTINCT report_id FROM report_fact ORDER BY 1")).scalars().all()
        sets = db.execute(text("SELECT count(*) FROM working_set")).scalar_one()
        used = db.execute(text("SELECT count(DISTINCT working_set) FROM report")).scalar_one()
    assert held == [1, 3, 4]
    assert sets == used
    call(company, "report", "verify", "3")


def test_the_first_report_is_compared_with_history(call: Call, company: Path) -> None:
    document = json.loads(call(company, "report", "status", "--format", "json").out)
    assert document["sections"]["changes"]["lines"][0]["text"].startswith("No earlier report is kept: ")


HUGE = "9" * 30


@pytest.mark.parametrize(
    "since", ["yesterday", "2026-13-01", "17", HUGE, "٣", "0001-01-01", "2999-01-01", ""]
)
def test_since_something_that_is_not_there(call: Call, company: Path, since: str) -> None:
    with pytest.raises((click.UsageError, ConfigError)):
        call(company, "report", "status", "--since", since)


@pytest.mark.parametrize(
    "moment",
    ["yesterday", "2026-02-30", "0001-01-01", "9999-12-31", "2999-01-01T00:00Z", "0001-01-01T00:00+14:00"],
)
def test_as_of_a_time_that_no_calendar_has_or_that_is_to_come(call: Call, company: Path, moment: str) -> None:
    with pytest.raises(click.BadParameter, match=re.escape(moment)):
        call(company, "report", "status", "--as-of", moment)


@pytest.mark.parametrize("day", ["2026-11-21", "20261121", "2026-W47-6", "2026W476"])
def test_a_day_ends_with_its_last_instant_however_it_is_written(call: Call, company: Path, day: str) -> None:
    document = json.loads(call(company, "report", "status", "--format", "json", "--as-of", day).out)
    assert (document["as_of"], document["period"]["end"][:10]) == ("2026-11-21T23:00:00.000Z", "2026-11-21")


def test_a_period_that_begins_after_it_ends_is_named(call: Call, company: Path) -> None:
    with pytest.raises(ConfigError, match=r"2026-11-20.*2026-11-11"):
        call(company, "report", "status", "--as-of", "2026-11-10", "--since", "2026-11-20")


def test_a_number_beyond_all_reports(call: Call, company: Path) -> None:
    for command in (("verify", HUGE), ("explain", f"{HUGE}:done"), ("diff", "1", HUGE)):
        with pytest.raises(ConfigError, match="there is no report no"):
            call(company, "report", *command)
    assert call(company, "report", "list", "--limit", HUGE).code == 0


@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_no_report_takes_the_place_of_a_device(call: Call, company: Path, kind: str) -> None:
    place = company / "pipe" if kind == "fifo" else Path("/dev/null")
    if kind == "fifo":
        os.mkfifo(place)
    with pytest.raises(ConfigError, match="is no file"):
        call(company, "report", "status", "--out", str(place))
    assert place.exists()
    assert not place.is_file()


# ---- alerts ----------------------------------------------------------------------------------------------------------


def test_alerts_without_any(call: Call, company: Path) -> None:
    ran = call(company, "alerts")
    assert (ran.code, ran.out) == (0, "No [[alert]] is configured.\n")


def test_an_alert_on_a_metric_that_nobody_reads_is_stale(call: Call, company: Path) -> None:
    channel = '[channels]\npm = { kind = "slack", url = "env:PM" }\n'
    more = f'{channel}[[alert]]\nname = "a"\nmetric = "m"\nbelow = 1.0\nsend = ["pm"]\n'
    (company / "syncline.toml").write_text(CONFIG + more)
    ran = call(company, "--json", "alerts")
    assert json.loads(ran.out) == [
        {"alert": "a", "state": "stale", "said": "m has no value yet", "since": None}
    ]
    assert ran.code == 0
