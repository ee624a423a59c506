"""What a sync block must hold beside its form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syncline.config.loading import parse
from syncline.memory import MemoryTool, connector_to
from syncline.registry import Registry

ROWS = [{"a": ["Todo"], "b": ["Open"]}, {"a": ["Done"], "b": ["Closed", "Shipped"]}]


def problems(*blocks: dict[str, Any]) -> list[str]:
    usual = {"between": ["a", "b"], "link": "same"}
    document = {
        "connections": {name: {"connector": "memory"} for name in ("a", "b", "c")},
        "fields": {"severity": {"type": "text"}},
        "sync": [usual | {"name": f"block{number}"} | block for number, block in enumerate(blocks)],
    }
    _, found = parse(document, Path("/nowhere"), Registry({"memory": connector_to(MemoryTool())}, found=()))
    return [problem.text for problem in found]


def test_a_good_block_is_good() -> None:
    fields: dict[str, Any] = {"title": {}, "status": {}, "severity": "a", "due_on": {"prefer": ["b"]}}
    assert problems({"fields": fields, "status": ROWS}) == []


def test_an_unknown_field_names_the_nearest() -> None:
    assert problems({"fields": {"titel": {}}}) == ['unknown key "titel"; did you mean "title"?']


def test_a_field_copied_from_one_that_is_not_there() -> None:
    (found,) = problems({"fields": {"severity": "a.statuss"}})
    assert found == 'no field is named "statuss"; did you mean "status"?'


def test_status_needs_rows() -> None:
    assert problems({"fields": {"status": {}}}) == [
        "crosses only by rows: status = [ { a = [...], b = [...] } ]"
    ]


def test_s14_a_name_in_two_rows_is_refused_and_never_guessed() -> None:
    rows = [*ROWS, {"a": ["Archived"], "b": ["Closed"]}]
    assert problems({"fields": {"status": {}}, "status": rows}) == ['"Closed" of b stands in rows 2 and 3']


@pytest.mark.parametrize(
    ("second", "refused"),
    [
        ({"fields": {"title": {}}}, True),
        ({"fields": {"priority": {}}}, False),
        ({"fields": {"title": {}}, "between": ["b", "c"]}, False),
        ({"fields": {"title": {}}, "between": ["c", "b", "a"]}, True),
        ({"fields": {"title": {}}, "link": "about"}, False),
    ],
)
def test_two_blocks_never_govern_one_field_between_the_same_connections(
    second: dict[str, Any], refused: bool
) -> None:
    found = problems({"fields": {"title": {}}}, second)
    assert found == (["is governed between a and b by block0, too (block 1)"] if refused else [])


def test_blocks_of_other_containers_do_not_meet() -> None:
    blocks = [
        {"fields": {"title": {}}, "pair": [{"a": one, "b": other}]} for one, other in (("A", "B"), ("C", "D"))
    ]
    assert problems(*blocks) == []
    again = blocks[1] | {"pair": [{"a": "A", "b": "D"}]}
    assert problems(blocks[0], again) == ["is governed between a and b by block0, too (block 1)"]
