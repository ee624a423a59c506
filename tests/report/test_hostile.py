"""Texts of strangers through every format, part, block and picture: they are shown, and do nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import pytest

from syncline.report import FORMATS, Report, render
from syncline.report.csv import facts_csv, guarded, table_csv, table_ids
from syncline.report.facts import Form
from syncline.report.formulas.refusal import Reason
from syncline.report.model import Column, Section, Table
from syncline.report.words import tidy

from .gallery import Facts, everything, item, report_with
from .hostile import TITLES
from .reading import Page, assert_harmless, markdown_tokens

GROUPS = [TITLES[start : start + 27] for start in range(0, len(TITLES), 27)]
CONTROL = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
BREAK = "\u200b"


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    """Each with some of the texts wherever a stranger's words may stand."""
    return [everything(tuple(tidy(text, "(no title)") for text in group)) for group in GROUPS]


def test_there_are_enough_texts() -> None:
    assert len(TITLES) >= 100
    assert sum(map(len, GROUPS)) == len(TITLES)


def test_html(reports: list[Report]) -> None:
    for report in reports:
        page = assert_harmless(render(report, "html"))
        text = "".join(page.text)
        assert not CONTROL.search(text)
        assert report.title in text
        assert [found for found in page.stray if re.search(r"\d", found)] == []


def test_markdown(reports: list[Report]) -> None:
    for report in reports:
        markdown = render(report, "markdown")
        assert not CONTROL.search(markdown)
        found = markdown_tokens(markdown)
        links = [str(token.attrs["href"]) for token in found if token.type == "link_open"]
        assert links
        assert all(link.startswith("https://example.atlassian.net/browse/ENG-") for link in links)
        assert not [
            token
            for token in found
            if token.type in ("html_inline", "html_block", "image", "fence", "code_block")
        ]
        assert len([token for token in found if token.type == "heading_open" and token.tag == "h1"]) == 1
        shown = "".join(token.content for token in found if token.type == "text")
        assert not re.search(r"[@#](?=[a-zA-Z])", shown)
        assert not re.search(r"(?i)(https?|ftp|mailto|www)[:.]", shown)


def test_json(reports: list[Report]) -> None:
    for report in reports:
        text = render(report, "json")
        assert not CONTROL.search(text)
        assert json.loads(text)["title"] == report.title


def test_terminal(reports: list[Report]) -> None:
    for report in reports:
        text = render(report, "text")
        assert not CONTROL.search(text)
        assert "Decisions and asks" in text
        assert all(len(line) < 2_000 for line in text.split("\n"))


def test_csv(reports: list[Report]) -> None:
    for report in reports:
        for text in (facts_csv(report), *(table_csv(report, id) for id in table_ids(report))):
            rows = list(csv.reader(io.StringIO(text, newline="")))
            assert len({len(row) for row in rows}) == 1
            for cell in (cell for row in rows for cell in row):
                assert not cell.startswith(("=", "+", "@", "\t", "\r", "\n"))
                assert not cell.startswith("-") or re.fullmatch(r"-[\d.]+(e[-+]\d+)?", cell)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1"])
def test_a_spreadsheet_takes_texts_for_texts(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert guarded(f"x{text}") == f"x{text}"


@pytest.mark.parametrize("text", [text for text in TITLES if len(text) < 1000])
def test_the_ledger_keeps_words_of_strangers_and_prints_them_harmlessly(text: str) -> None:
    """Units, keys, values and reasons stand in it as their tools gave them."""
    facts = Facts()
    facts.one(3, text)
    facts.series({text: text}, text, form=Form.WORD)
    facts.refused(Reason.TOLD_BY_SOURCE, text)
    facts.made[0] = replace(facts.made[0], definition=text)
    report = report_with(facts)
    assert_harmless(render(report, "html"))
    markdown = render(report, "markdown")
    kinds = {token.type for token in markdown_tokens(markdown)}
    assert not kinds & {
        "html_inline",
        "html_block",
        "image",
        "fence",
        "code_block",
        "link_open",
        "table_open",
    }
    assert not CONTROL.search(markdown)
    written = facts_csv(report)
    assert not CONTROL.search(written.replace("\r\n", "\n"))
    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert len(rows) == 4
    assert not [cell for row in rows for cell in row if cell.lstrip().startswith(("=", "+", "@", "-"))]


def test_numbers_stay_numbers_in_csv() -> None:
    facts = Facts()
    lost = facts.one(-5, "days", form=Form.SIGNED)
    rows = (((item(1, "=1+1"),), (lost,)), ((item(2),), (lost, " days")))
    table = Table("t", "T", (Column("item", "Item"), Column("slip", "Slip", True)), rows)
    report = report_with(facts, Section("s", "S", blocks=(table,)))
    assert (
        table_csv(report, "t")
        == "Item,Slip\r\nENG-1 =1+1,-5\r\nENG-2 Search that forgives typing errors,−5 days\r\n"
    )
    assert facts_csv(report).split("\r\n")[1] == "F01,fact_1,,-5,days,1,,Value number 1 of the gallery."
    with pytest.raises(KeyError):
        table_csv(report, "other")


def test_every_format_says_every_part() -> None:
    report = everything()
    for format in FORMATS:
        text = render(report, format)
        assert text == render(everything(), format)
        if format != "csv":
            for words in ("Points for loyal buyers", "at risk", "not enough data (Points for loyal buyers)"):
                assert words in (text if format != "html" else "".join(Page(text).text)), (format, words)


def test_no_format_loses_a_block() -> None:
    report = everything()
    for format in ("html", "markdown"):
        text = render(report, format)
        for words in (
            "A table",
            "A list",
            "A folded table",
            "An empty table",
            "A board",
            "A table within",
            "Cycle time",
        ):
            assert words in text
        assert "No source has experiments." in text
    document = json.loads(render(report, "json"))
    blocks = document["sections"]["blocks"]
    assert blocks["blocks"] == ["plain", "fold", "empty", "board", "detail_1", "detail_2", "detail_3"]
    assert set(blocks["details"]["detail_1"]["tables"]) == {"inner_1"}
    assert set(document["sections"]["pictures"]["pictures"]) >= {
        "timeline",
        "ageing",
        "burn_up",
        "impact_effort",
    }
    assert document["sections"]["silent"]["silent"] == "No source has experiments."
