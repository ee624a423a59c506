"""CSV from any program: delimiters, quotes, line numbers, and files that are not what they are taken for."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.errors import ProtocolError
from syncline_connectors.files import csvrows
from syncline_connectors.files.csvrows import Row
from syncline_connectors.files.tables import DECISIONS, SCORES, SURVEYS, TABLES, folded

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def written(
    rows: list[list[str]], delimiter: str = ",", quoting: Literal[0, 1] = 0, end: str = "\r\n"
) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    return out.getvalue()


def read(text: str, **options: object) -> list[Row]:
    lines = io.StringIO(text, newline="")
    _, rows = csvrows.read("d.csv", lines, DECISIONS, **options)  # type: ignore[arg-type]
    return list(rows)


@given(
    st.lists(st.tuples(CELL, CELL), max_size=8),
    st.sampled_from(csvrows.DELIMITERS),
    st.sampled_from((0, 1)),
    st.sampled_from(["\r\n", "\n"]),
)
def test_what_pythons_writer_wrote_is_read_back(
    rows: list[tuple[str, str]], delimiter: str, quoting: Literal[0, 1], end: str
) -> None:
    text = written([["title", "text"], *map(list, rows)], delimiter, quoting, end)
    wanted = [
        {name: cell.strip() for name, cell in zip(("title", "text"), row, strict=True) if cell.strip()}
        for row in rows
    ]
    assert [row.cells for row in read(text)] == [row for row in wanted if row]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=10), st.sampled_from(["\n", "\r\n"]))
def test_a_row_is_told_by_the_line_it_begins_on(breaks: list[int], end: str) -> None:
    rows = [["title", "text"], *([f"row {n}", "x" + "\n" * n] for n in breaks)]
    text = written(rows, end=end)
    for found in read(text):
        assert text.split("\n")[found.line - 1].startswith(found.cells["title"])


def test_blank_lines_are_no_rows_and_count_as_lines() -> None:
    assert [(row.line, row.cells["title"]) for row in read("title\n\na\n  \n\nb\n")] == [(3, "a"), (6, "b")]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"'])
def test_excels_own_way_to_name_the_delimiter(first: str) -> None:
    assert [(row.line, row.cells["title"]) for row in read(f"{first}\r\ntitle;text\r\na,b;c\r\n")] == [
        (3, "a,b")
    ]


def test_headers_are_compared_without_case_and_blanks() -> None:
    header, _ = csvrows.read("d.csv", [" TITLE ;Decision-Date;Decided  By;Needed_by\n"], DECISIONS)
    assert header.columns == ("title", "decided_on", "owner", "due_on")


def test_formulas_stay_text() -> None:
    (row,) = read('title,text\n"=HYPERLINK(""http://x.example"")",@SUM(A1)\n')
    assert row.cells == {"title": '=HYPERLINK("http://x.example")', "text": "@SUM(A1)"}


# ---- rows that are set aside ----


def test_a_row_of_another_length_is_set_aside_and_the_rest_goes_on() -> None:
    rows = read("title,text\na,b,c\nd\ne,f,,\ng,h\n")
    assert [(row.line, row.problem) for row in rows] == [
        (2, "has 3 cells, the header has 2"),
        (3, "has 1 cells, the header has 2"),
        (4, None),
        (5, None),
    ]


def test_a_nul_is_set_aside() -> None:
    assert [row.problem for row in read("title\na\0b\n")] == ["column title: holds a NUL character"]


# ---- files that cannot be trusted ----


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "d.csv is empty"),
        ("sep=;\n", "d.csv is empty"),
        ("\n\n", "line 1: the column title is missing; there are: none"),
        (
            "state,owner\n",
            'line 1: the column title is missing; there are: "state", "owner" — it may also be called',
        ),
        ("title,Summary\n", 'line 1: "title" and "Summary" are both read as title — rename one'),
        (
            'title\na\n"b\nc\nd',
            "line 3: a quoted cell begins in this row and has no end; is the file cut off",
        ),
        ('title\na\n"b"c\n', "line 3: a quote stands within a quoted cell; write it twice"),
        (
            'title\na\n"' + "b\n" * 100_000,
            "line 3: a cell has more than 131,072 characters; is a closing quote",
        ),
        ("title\n" + "b" * 1_000_000 + "\n", "line 2: a cell has more than 131,072 characters"),
        (",".join(map(str, range(10_000))) + "\n", "has 10000 columns, at most 1000 are read"),
        ("<!DOCTYPE html><html>\n", "the column title is missing"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(text: str, says: str) -> None:
    with pytest.raises(ProtocolError) as told:
        read(text)
    assert says in str(told.value)
    assert "d.csv" in str(told.value)
    assert len(str(told.value)) < 400


@given(st.text())
def test_nothing_but_rows_or_a_refusal_comes_of_any_text(text: str) -> None:
    with suppress(ProtocolError):
        read(text)


# ---- columns ----


def test_unknown_columns_are_named_with_what_they_may_be_meant_for() -> None:
    header, _ = csvrows.read("s.csv", ["answered_at,score,organzation,shoe size\n"], SURVEYS)
    told = csvrows.unknown_columns(header.unknown, SURVEYS, header.columns)
    assert told == (
        '2 columns are not read: "organzation" (did you mean "organization"?), "shoe size"; '
        "correct, or name under `ignore`"
    )


def test_columns_to_ignore_are_not_read_even_where_they_mean_something() -> None:
    header, _ = csvrows.read("d.csv", ["title,Owner,Shoe Size\n"], DECISIONS, ["owner", "shoe_size"])
    assert header.columns == ("title", None, None)
    assert header.unknown == ()


def test_columns_of_scores_are_the_companys_fields() -> None:
    header, _ = csvrows.read("s.csv", ["Item,Product Area,Sev\n"], SCORES, (), {"sev": "severity"})
    assert header.columns == ("item", "product_area", "severity")


def test_no_header_means_two_columns() -> None:
    for table in TABLES.values():
        spellings = [folded(name) for one in table.columns for name in (one.name, *one.aliases)]
        assert len(spellings) == len(set(spellings)), table.name
