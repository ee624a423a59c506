"""The list as people keep it: remarks, delimiters, quotes, and new rows that leave the rest alone."""

from __future__ import annotations

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.people.test_matching import ACCOUNTS, CELL, SITES, account

from syncline.errors import ConfigError
from syncline.people import Resolution, added, new_rows, read, resolve

LIST = """\
# who is who; ask Ada before you change the teams
Person,E-Mail,Team,Eng,Product

# core
"Example, Ada",ada@acme.example,core,5b10,
Ben Example,,growth,ben
   # a remark between rows
"Multi
line",,,,m
"""


def test_a_list_is_read_with_its_remarks_and_short_rows() -> None:
    found = read("people.csv", LIST.replace("E-Mail", "email"), SITES, ["core", "growth"])
    assert found.mistakes == ()
    assert [(one.line, one.person, one.email, one.team, dict(one.cells)) for one in found.entries] == [
        (5, "Example, Ada", "ada@acme.example", "core", {"eng": "5b10"}),
        (6, "Ben Example", None, "growth", {"eng": "ben"}),
        (8, "Multi line", None, None, {"product": "m"}),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter: str, end: str) -> None:
    text = end.join([delimiter.join(("person", "eng")), "# a", delimiter.join(("A", "x, y")), ""])
    if delimiter == ",":
        text = text.replace("x, y", '"x, y"')
    (entry,) = read("people.csv", text, SITES).entries
    assert (entry.line, entry.cells) == (3, {"eng": "x, y"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "people.csv is empty — its first line must be as in: person,email,team,eng,product"),
        ("# nothing\n\n", "people.csv is empty"),
        ("name,eng\nA,x\n", "people.csv line 1: the column person is missing"),
        ('person,eng\nA,"x\n', "people.csv line 2: unexpected end of data — is a quote missing?"),
        ("person,eng\nA," + "x" * 200_000, "people.csv line 2: field larger than field limit"),
    ],
)
def test_a_file_that_is_no_list_is_refused(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as told:
        read("people.csv", text, SITES)
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("person,enq\n", 1, 'column "enq" is no connection; did you mean "eng"?'),
        ("person,eng,Eng\n", 1, "column eng stands there twice; the first counts"),
        ("person,team\nA,coer\n", 2, 'no team is named "coer"; did you mean "core"?'),
    ],
)
def test_columns_and_teams_that_mean_nothing_are_told(text: str, line: int, says: str) -> None:
    (mistake,) = read("people.csv", text, SITES, ["core", "growth"]).mistakes
    assert (mistake.line, mistake.text) == (line, says)


@given(st.text())
def test_any_text_is_a_list_or_refused(text: str) -> None:
    for head in ("", "person,eng\n"):
        with suppress(ConfigError):
            read("people.csv", head + text, SITES)


# ---- new rows ------------------------------------------------------------------------------------------------


def unknown(*accounts: object) -> Resolution:
    return resolve(read("people.csv", "person\n", SITES), accounts, SITES)  # type: ignore[arg-type]


def test_accounts_that_show_one_email_become_one_row() -> None:
    found = unknown(
        account("5b10", name="Ada Example", email="ada@acme.example"),
        account("u1", "product", name="ada", email="ADA@acme.example"),
        account("t1", "design", name="Ada Example"),
    )
    assert new_rows(found) == [
        {"person": "Ada Example", "design": "t1"},
        {"person": "Ada Example (eng)", "email": "ada@acme.example", "eng": "5b10", "product": "u1"},
    ]


def test_what_stands_there_is_not_touched() -> None:
    text = LIST.replace("E-Mail", "email").replace("\n", "\r\n")
    roster = read("people.csv", text, SITES)
    row = {"person": "Cleo, C.", "eng": "5b13"}
    assert added(text, roster, [row], SITES) == text + '"Cleo, C.",,,5b13,\r\n'


def test_a_column_that_is_needed_is_added_to_the_header_alone() -> None:
    text = "person;eng\nA;x\nB;y"
    roster = read("people.csv", text, SITES)
    row = {"person": "C", "design": "t1"}
    assert added(text, roster, [row], SITES) == "person;eng;design\nA;x\nB;y\nC;;t1\n"


def test_a_new_list_has_a_column_for_every_connection() -> None:
    row = {"person": "C", "design": "t1"}
    roster = read("people.csv", "person\n", SITES)
    assert added("", type(roster)(), [row], SITES) == "person,email,team,eng,product,design\nC,,,,,t1\n"


@pytest.mark.parametrize(
    "name", ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "# remark", "\t=x", "a\x1b[2Jb\nc", "\u202egpj"]
)
def test_no_spreadsheet_and_no_terminal_obeys_a_name(name: str) -> None:
    (row,) = new_rows(unknown(account("5b10", name=name)))
    assert row["person"][0] not in "=+-@#\t\r"
    assert row["person"].isprintable()


SOME = settings(max_examples=50)
EXISTING = st.lists(st.tuples(st.sampled_from(["A", "B", "Ada Example"]), CELL, CELL, CELL), max_size=4)
ENDS = st.sampled_from(["\n", "\r\n"])


@SOME
@given(EXISTING, ACCOUNTS, ENDS, st.booleans(), st.sampled_from([",", ";", "\t"]))
def test_after_the_new_rows_nobody_is_unknown_and_nothing_is_new(
    rows: list[tuple[str, ...]], accounts: list[object], end: str, ended: bool, delimiter: str
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(
        [("person", "email", "eng", "product"), *rows]
    )
    text = out.getvalue() if ended else out.getvalue().removesuffix(end)
    roster = read("people.csv", text, SITES)
    found = resolve(roster, accounts, SITES)  # type: ignore[arg-type]
    after = added(text, roster, new_rows(found), SITES)
    if not found.unknown:
        assert after == text
    body = text[roster.header_end :]
    assert body in after, "rows that were there stay as they were"
    again = read("people.csv", after, SITES)
    assert again.entries[: len(roster.entries)] == roster.entries
    settled = resolve(again, accounts, SITES)  # type: ignore[arg-type]
    assert settled.unknown == ()
    assert new_rows(settled) == []
    before = {one.identity for person in found.people for one, _ in person.accounts}
    assert before <= {one.identity for person in settled.people for one, _ in person.accounts}
