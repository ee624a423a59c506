"""Texts between tools: never written over where that would lose something."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.sync.company import Company

from syncline.config.sync import Sync
from syncline.model import Text, TextFormat
from syncline.sync.blocks import blocks
from syncline.sync.changes import change_of
from syncline.sync.values import Side, Unsaid
from syncline.target import Set

COMPANY = Callable[..., Company]
SYNC = Sync.model_validate(
    {"name": "x", "between": ["a", "b"], "link": "same", "fields": {"description": {}}}
)
RULE = blocks([SYNC], {})[0].rules[0]
SIDE = Side("b", frozenset({"description"}))


def adf(*content: object) -> dict[str, str]:
    return {"format": "adf", "source": json.dumps({"version": 1, "type": "doc", "content": content})}


def words(text: str) -> dict[str, object]:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


def test_a_plain_document_is_written_over() -> None:
    change = change_of(RULE, adf(words("before")), "after", SIDE, {})
    assert change == Set(Text(format=TextFormat.MARKDOWN, source="after"))


def test_s7_a_panel_is_not() -> None:
    panel = {"type": "panel", "attrs": {"panelType": "warning"}, "content": [words("mind this")]}
    with pytest.raises(Unsaid, match=r"would be lost by writing over it: .*panel"):
        change_of(RULE, adf(panel), "after", SIDE, {})


def test_s7_changing_another_field_leaves_the_text_as_it_is(company: COMPANY) -> None:
    here = company()
    body = {"format": "markdown", "source": "* one\n*   two\n\n\n<b>raw</b>"}
    for name in here.names:
        here.put(name, 1, body=Text.model_validate(body))
    here.sync()
    here.edit("a", "a1", status=here.status("a", 2))
    here.sync()
    assert here.issue("b", "b1")["status"]["name"] == "Closed"
    assert here.issue("b", "b1")["body"] == body


def test_s6_a_text_that_is_spelt_otherwise_is_the_same_text(company: COMPANY) -> None:
    here = company()
    here.put("a", 1, body=Text(format=TextFormat.MARKDOWN, source="- one\n- two"))
    here.put("b", 1, body=Text(format=TextFormat.MARKDOWN, source="* one\n* two\n"))
    here.sync()
    here.sync()
    assert here.writes == 0
    assert here.held() == []
