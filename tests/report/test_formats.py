"""Markdown, JSON and plain text."""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from syncline.report import FORMATS, Report, render
from syncline.report.facts import Scalar, number_of
from syncline.report.markdown import escape
from syncline.report.model import Board, Column, Figure, Name, Section, Table
from syncline.report.plain import line_text
from syncline.report.words import tidy
from syncline.report.work.standup import build_standup

from .building import AS_OF, Database, report_of, settings
from .gallery import Facts, everything, report_with
from .hostile import TITLES
from .reading import markdown_tokens


@pytest.mark.parametrize("text", [title for title in TITLES if len(title) < 1000])
def test_escaped_text_is_only_text(text: str) -> None:
    _assert_plain(tidy(text, "?"))


@given(st.text(alphabet="ab1 \\`*_{}[]()<>#+-.!|~@&:=$^'\"/", max_size=40))
def test_any_punctuation_is_only_text(text: str) -> None:
    _assert_plain(tidy(text, "?"))


def _assert_plain(title: str) -> None:
    found = markdown_tokens(f"- {escape(title)}")
    kinds = [token.type for token in found if token.type != "text_special"]
    assert kinds == [
        "bullet_list_open",
        "list_item_open",
        "paragraph_open",
        "inline",
        "text",
        "paragraph_close",
        "list_item_close",
        "bullet_list_close",
    ]
    shown = "".join(token.content for token in found if token.type == "text")
    assert shown.replace("\u200b", "").strip() == title.strip()


def test_addresses_and_mentions_are_broken_for_renderers_that_link_them() -> None:
    for text in (
        "https://evil.example",
        "www.evil.example",
        "mailto:a@evil.example",
        "@everyone",
        "see #123",
    ):
        assert "\u200b" in escape(text)
    assert escape("Plain words, 5-7.") == "Plain words, 5-7."


def test_markdown_of_hostile_titles_has_no_link_but_ours(database: Database) -> None:
    for number, title in enumerate(TITLES):
        database.container(f"b{number}", f"B{number}", title)
        database.issue(str(number), "In Progress", title=title, container=f"b{number}")
    found = markdown_tokens(render(report_of(database), "markdown"))
    links = {token.attrs["href"] for token in found if token.type == "link_open"}
    assert links
    assert all(str(link).startswith("https://example.atlassian.net/browse/ENG-") for link in links)
    assert not [token for token in found if token.type in ("html_inline", "html_block", "image", "fence")]
    headings = [token for token in found if token.type == "heading_open" and token.tag == "h1"]
    assert len(headings) == 1


def test_markdown_has_one_bullet_per_item_in_a_stable_order(company_report: Report) -> None:
    text = render(company_report, "markdown")
    assert text == render(company_report, "markdown")
    lines = text.split("\n")
    assert len([line for line in lines if line.startswith("- [") and "Age (days):" in line]) == next(
        fact.value for fact in company_report.facts if fact.name == "in_progress"
    )
    assert "| Container | Team | Backlog |" in text


SCHEMA = json.loads((Path(__file__).parents[2] / "docs/report-schema.json").read_text("utf-8"))


def test_json_holds_the_facts_and_nothing_else_counts(company_report: Report) -> None:
    text = render(company_report, "json")
    document = json.loads(text)
    assert document["schema"] == 2
    assert json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n" == text
    assert set(document["facts"]) == {fact.name for fact in company_report.facts}
    rows = document["sections"]["in-progress"]["tables"]["in_progress_items"]["rows"]
    assert set(rows[0]) == {"item", "state", "container", "owner", "age"}
    assert document["period"] == {"start": "2026-11-12T23:00:00.000Z", "end": "2026-11-19T23:00:00.000Z"}


def test_json_is_as_its_schema_says(company_report: Report) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator(SCHEMA)
    for report in (company_report, everything(), everything(folded=True)):
        document = json.loads(render(report, "json"))
        validator.validate(document)
        numbers = {fact.id: fact for fact in report.facts}
        figures = _figures(document["sections"])
        assert figures
        for figure in figures:
            assert figure["value"] == _plain(number_of(numbers[figure["fact"]], figure["key"]))
    for broken in ({"schema": 1}, {"extra": True}, {"as_of": "2026-11-20"}):
        with pytest.raises(ValidationError):
            validator.validate(document | broken)


def _plain(value: Scalar | None) -> int | str | None:
    if isinstance(value, Fraction | float):
        return int(value) if value == int(value) and isinstance(value, Fraction) else f"{float(value):.12g}"
    return value.isoformat() if isinstance(value, date) else value


def test_json_says_why_a_value_is_missing() -> None:
    document = json.loads(render(everything(), "json"))
    refused = [fact for fact in document["facts"].values() if fact["refused"]]
    assert refused
    assert all(fact["value"] is None for fact in refused)
    assert "not enough data" in {fact["refused"] for fact in refused}


def test_numbers_with_decimals_are_text() -> None:
    facts = Facts()
    for value in (Fraction(1, 3), 0.25, Fraction(8, 2), date(2026, 11, 20), "on track", 7, None):
        facts.one(value)
    document = json.loads(render(report_with(facts), "json"))
    values = [document["facts"][f"fact_{number}"]["value"] for number in range(1, 8)]
    assert values == ["0.333333333333", "0.25", 4, "2026-11-20", "on track", 7, None]


def _figures(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [figure for part in node for figure in _figures(part)]
    if isinstance(node, dict):
        own = [node] if {"fact", "key", "value"} <= set(node) else []
        return own + [figure for part in node.values() for figure in _figures(part)]
    return []


def test_text_leads_with_the_bottom_line(company_report: Report) -> None:
    lines = render(company_report, "text").split("\n")
    assert lines[0] == "Weekly status, 20 Nov 2026"
    assert "done in the period" in lines[2]
    head = lines[lines.index("Items by container") + 1]
    engine = next(line for line in lines if line.startswith("  Engine (ENG)"))
    assert engine[head.index("Team") :].startswith("core")
    assert len(engine) == len(head), "numbers end where their titles end"


def test_text_prints_no_heading_of_nothing() -> None:
    lines = render(everything(), "text").split("\n")
    assert "Decisions and asks" in lines
    heads = [place for place, line in enumerate(lines[:-1]) if line and not line.startswith((" ", "!"))]
    assert all(lines[place + 1] for place in heads[1:] if place > lines.index("Decisions and asks"))
    facts = Facts()
    columns = (Column("container", "Container"),)
    table = Table("containers", "Items by container", columns, (((Name("Engine"),),),))
    text = render(report_with(facts, Section("containers", "By container", blocks=(table,))), "text")
    assert "By container" not in text.split("\n")
    assert "Items by container" in text.split("\n")


def test_the_ledger_adds_up_counts_and_nothing_else() -> None:
    facts = Facts()
    for unit in ("items", "days", "", "points"):
        facts.series({"a": 3, "b": 4}, unit)
    report = report_with(facts, Section("s", "S", lines=(tuple(Figure(one.id, "a") for one in facts.made),)))
    ledger = render(report, "markdown").partition("## Facts")[2].split("\n")
    said = [line.partition(" = ")[2].partition(" · ")[0] for line in ledger if line.startswith("- F")]
    assert said == ["7 items", "– days", "–", "– points"]
    cells = re.findall(r"<td>(7|–)<td>(items|days||points)<td>", render(report, "html"))
    assert cells == [("7", "items"), ("–", "days"), ("–", ""), ("–", "points")]


@pytest.mark.parametrize("kind", ["roadmap", "standup", "sprint", "launch", "retro"])
def test_text_of_a_short_report_has_what_everybody_reads(kind: str) -> None:
    """Every open section, but for what is drawn: titles, lines, rows, cards and what they are counted by."""
    whole = replace(everything(), kind=kind)
    text = render(whole, "text")
    for section in whole.spoken:
        if section.folded:
            continue
        for line in section.lines:
            assert line_text(line, whole) in text
        for block in section.blocks:
            match block:
                case Board():
                    for column in block.columns:
                        assert f"{column.title}: {line_text((column.count,), whole)}" in text
                        assert all(line_text(card, whole) in text for card in column.cards[:12])
                case Table(rows=[*rows], folded=False):
                    assert all(line_text(cell, whole) in text for row in rows[:12] for cell in row)


def test_a_standup_says_since_when_and_hides_nothing() -> None:
    database = Database()
    database.source()
    for number in range(9):
        moved = (AS_OF - timedelta(days=1), "To Do", "In Progress")
        database.issue(str(number), "In Progress", [moved], title=f"Work {number}")
    with closing(database), database.write().connect() as connected:
        report = build_standup(connected, settings())
    text = render(report, "text")
    assert all(f"ENG-{number} Work {number}" in text for number in range(9))
    first = "Since 19 Nov 2026, the last workday. Days are those of Europe/Berlin."
    assert line_text(report.provenance.lines[0], report) == first
    assert f"- {first}" in render(report, "markdown")


def test_every_format_has_the_same_headlines(company_report: Report) -> None:
    done = next(fact.value for fact in company_report.facts if fact.name == "done")
    for format in FORMATS:
        assert f"{done}" in render(company_report, format)
