"""Notes and decision records: what stands at their top, and their titles."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.files.world import reasons, records, write

from syncline.model import Decision, Health, Note, Text, TextFormat
from syncline_connectors.files import markdown
from syncline_connectors.files.markdown import Document, Unreadable

NOTE = """\
---
# what a comment says is nobody's business
type: interview
title: "Ada: \\"it is slow\\""
date: 2026-11-05 14:30
by: 'mia'
about: [ENG-1, "https://x.example/a,b"]
tags:
  - pricing
  - first run   # a remark
link: https://notes.example/7
health: at risk
empty:
---

# A heading

Text with --- and `key: value`.
"""


def test_a_note_is_read_whole(tmp_path: Path) -> None:
    write(tmp_path, "n/ada.md", NOTE)
    (found,) = records(tmp_path, notes="n/*.md", timezone="Europe/Berlin")
    at = datetime(2026, 11, 5, 13, 30, tzinfo=UTC)
    assert found == Note(
        remote_id="n/ada.md",
        url="https://notes.example/7",
        title='Ada: "it is slow"',
        created_at=at,
        about=("ENG-1", "https://x.example/a,b"),
        labels=("pricing", "first run"),
        type="interview",
        body=Text(format=TextFormat.MARKDOWN, source="# A heading\n\nText with --- and `key: value`."),
        author="mia",
        noted_at=at,
        health=Health.AT_RISK,
        health_name="at risk",
    )


def test_front_matter_in_toml_is_read_alike(tmp_path: Path) -> None:
    top = '+++\nid = "n-1"\ntype = "competitor"\ndate = 2026-11-05\nabout = ["ENG-1", "ENG-2"]\n+++\n'
    write(tmp_path, "a.md", f"{top}Nothing else.")
    (found,) = records(tmp_path, notes="a.md")
    assert isinstance(found, Note)
    assert (found.remote_id, found.key, found.type) == ("n-1", "n-1", "competitor")
    assert (found.title, found.about) == ("a", ("ENG-1", "ENG-2"))
    assert found.noted_at == datetime(2026, 11, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# One\n# Two", "One"),
        ("text\n\n###  Deep  ## \n", "Deep"),
        ("Underlined\n==========\n", "Underlined"),
        ("```\n# code\n```\n# Real", "Real"),
        ("~~~sh\n# code\n```\n~~~\n# Real", "Real"),
        ("- item\n---\n# Real", "Real"),
        ("#hashtag\n", None),
        ("", None),
    ],
)
def test_the_first_heading_is_the_title(text: str, title: str | None) -> None:
    assert markdown.read(text).title == title


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("---\ntype: x\n", "a.md line 1: the part between --- has no end"),
        ("---\ntype: x\nnonsense\n---\n", 'a.md line 3: "nonsense" is not `key: value`'),
        ("---\ntype: x\ntype: y\n---\n", "a.md line 3: type stands there twice"),
        ("---\nabout: [ENG-1\n---\n", "a.md line 2: a list must end in its line"),
        ('---\ntitle: "x\n---\n', 'a.md line 2: ""x": the quote has no end'),
        ("---\ntitle: >\n  folded\n---\n", 'a.md line 2: ">": write the text in one line'),
        ("---\nowner:\n  name: ada\n---\n", 'a.md line 3: "name: ada" is not `key: value`'),
        ("---\n- ENG-1\n---\n", 'a.md line 2: "- ENG-1" is not `key: value`'),
        ("+++\nx = \n+++\n", "a.md line 2: Invalid value"),
        ("+++\n[x]\ny = 1\n+++\n", "a.md line 1: x is a table"),
        ("---\ndate: 3/4/2026\n---\n", 'a.md: column noted_at: "3/4/2026" can be read in two ways'),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    write(tmp_path, "a.md", text)
    write(tmp_path, "b.md", "# fine")
    (reason,) = reasons(tmp_path, notes="*.md")
    assert reason.startswith(says)


def test_misspelt_keys_are_named_and_others_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "---\ntpye: interview\nlayout: post\nmood: good\n---\n# t")
    assert reasons(tmp_path, notes="a.md") == [
        'a.md line 1: "tpye" is not read; did you mean "type"?; correct, or name under `ignore`'
    ]
    assert reasons(tmp_path, notes="a.md", ignore=["Tpye"]) == []


KEYS = st.dictionaries(
    st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True),
    st.text(
        st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=20
    ).filter(lambda text: text == text.strip() and '"' not in text and "\\" not in text),
)


@given(KEYS, st.sampled_from(["---", "+++"]))
def test_quoted_texts_are_read_back(keys: dict[str, str], mark: str) -> None:
    sign = ": " if mark == "---" else " = "
    lines = [f"{key}{sign}{json.dumps(value, ensure_ascii=False)}" for key, value in keys.items()]
    text = "\n".join([mark, *lines, mark, "body"])
    assert markdown.read(text) == Document(keys, "body", None)


@given(st.text())
def test_any_text_is_a_document_or_unreadable(text: str) -> None:
    for mark in ("", "---\n", "+++\n"):
        try:
            found = markdown.read(f"{mark}{text}")
        except Unreadable as error:
            assert error.line >= 1  # noqa: PT017 - both outcomes are right
            continue
        assert found.title is None or found.title in text


# ---- decision records ----------------------------------------------------------------------------------------

NYGARD = """\
# 7. Keep records in SQLite

Date: 2026-10-02

## Status

Accepted

Amended by [8](0008.md)

## Context

Status: not this one.
"""
MADR = """\
---
status: superseded by ADR-0009
date: 2026-10-03
decision-makers: [mia, noa]
about: ENG-7
---
# Use one writer
"""
OLD_MADR = """\
# Use one reader

* Status: proposed
* Deciders: mia, noa
* Date: 2026-10-04
"""


@pytest.mark.parametrize(
    ("text", "title", "state", "day", "owner"),
    [
        (NYGARD, "7. Keep records in SQLite", "decided", date(2026, 10, 2), None),
        (MADR, "Use one writer", "superseded", date(2026, 10, 3), "mia; noa"),
        (OLD_MADR, "Use one reader", "proposed", date(2026, 10, 4), "mia, noa"),
        ("# Bare", "Bare", None, None, None),
        ("# Own\n\nStatus: vetoed by all", "Own", "vetoed by all", None, None),
    ],
)
def test_decision_records_of_every_house(
    tmp_path: Path, text: str, title: str, state: str | None, day: date | None, owner: str | None
) -> None:
    write(tmp_path, "adr/0007.md", text)
    (found,) = records(tmp_path, decisions="adr/*.md")
    assert isinstance(found, Decision)
    assert (found.title, found.state, found.decided_on, found.owner) == (title, state, day, owner)
    assert found.body is not None
    assert found.body.format is TextFormat.MARKDOWN


def test_decisions_may_be_kept_in_both_ways(tmp_path: Path) -> None:
    write(tmp_path, "adr/1.md", NYGARD)
    write(tmp_path, "d.csv", "title,status\nBuy it,approved\n")
    found = records(tmp_path, decisions=["d.csv", "adr/*.md"])
    assert [(one.title, getattr(one, "state", "")) for one in found] == [
        ("Buy it", "decided"),
        ("7. Keep records in SQLite", "decided"),
    ]
