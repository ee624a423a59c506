"""What is said of a block before its first write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from syncline.config.loading import parse
from syncline.connector import Capabilities, Description, FieldInfo
from syncline.memory import Memory, MemoryTool, connector_to
from syncline.model import Kind, Status, StatusCategory
from syncline.registry import Registry
from syncline.sync.blocks import Block, blocks
from syncline.sync.survey import Survey, remarks, rows_for, written

TODO, DOING, DONE = StatusCategory.TODO, StatusCategory.IN_PROGRESS, StatusCategory.DONE


def statuses(*pairs: tuple[str, StatusCategory]) -> tuple[Status, ...]:
    return tuple(
        Status(id=str(number), name=name, category=category) for number, (name, category) in enumerate(pairs)
    )


ENG = Description("1", statuses(("To Do", TODO), ("Doing", DOING), ("Done", DONE)), types=("Story", "Bug"))
PRODUCT = Description("2", statuses(("To Do", TODO), ("Started", DOING), ("Blocked", DOING), ("Done", DONE)))


def surveyed(
    block: dict[str, Any],
    *,
    access: str = "write",
    eng: Description = ENG,
    writes: frozenset[str] | None = None,
    more: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> tuple[Block, dict[str, Survey]]:
    usual = {"name": "x", "between": ["eng", "product"], "link": "same", "mode": "on"}
    document = {
        "connections": {
            name: {"connector": "memory", "access": access, **more.get(name, {})}
            for name in ("eng", "product")
        },
        "fields": {"severity": {"type": "text"}},
        "sync": [usual | block],
    }
    config, problems = parse(
        document, Path("/nowhere"), Registry({"memory": connector_to(MemoryTool())}, found=())
    )
    assert config is not None
    assert not problems
    known = Capabilities(
        reads=frozenset({Kind.ISSUE, Kind.RELATION}),
        writes=Memory.capabilities.writes if writes is None else writes,
    )
    surveys = {
        "eng": Survey(config.connections["eng"], known, {"ENG": eng}),
        "product": Survey(config.connections["product"], known, {"COR": PRODUCT}),
    }
    return blocks(config.sync, config.fields)[0], surveys


def said(block: dict[str, Any], **options: Any) -> list[str]:
    return [one.text for one in remarks(*surveyed(block, **options))]


def test_nothing_is_said_of_a_block_that_is_in_order() -> None:
    assert said({"fields": {"title": {}, "due_on": {}}}) == []


def test_statuses_without_a_row_and_rows_without_a_status() -> None:
    rows = [
        {"eng": ["To Do", "Open"], "product": ["To Do"]},
        {"eng": ["Done"], "product": ["Done", "Blocked"]},
    ]
    assert said({"fields": {"status": {}}, "status": rows}) == [
        'status "Doing" of eng stands in no row; add it to one, or the field is blocked there',
        'status "Open" stands in a row, but eng has none of that name',
        'status "Started" of product stands in no row; add it to one, or the field is blocked there',
    ]


def test_relations_cross_where_one_tool_has_them_and_another_takes_them() -> None:
    assert said({"fields": {"relations": {}}}) == []
    assert said({"fields": {"relations": {}}}, writes=frozenset({"title"})) == [
        "relations cross to nobody: no tool in between takes them"
    ]


def test_fields_that_nobody_takes_and_connections_that_are_only_read() -> None:
    assert said({"fields": {"estimate": {}}}, writes=frozenset({"title"})) == [
        "estimate crosses to nobody: no tool in between takes it"
    ]
    assert said({"fields": {"title": {"from": "eng"}}}, access="read") == [
        'title is not written to product: it is only read (access = "read")',
        'mode is "on", but no connection has access = "write"',
    ]
    assert said({"fields": {"severity": {"to": "eng"}}}) == [
        "severity has no field in eng: name one under [connections.eng.fields]"
    ]


def test_what_customers_will_read_is_said_beforehand() -> None:
    fields = {"title": {}, "comments": {"visibility": "customer"}}
    assert said({"fields": fields}, more={"product": {"customer_visible": True}}) == [
        "customers will read comments in product where customers read the original, too; others stay internal"
    ]
    assert said({"fields": fields | {"comments": {}}}, more={"product": {"customer_visible": True}}) == []


def test_s13_a_required_field_is_named_before_any_write() -> None:
    form = {
        "Bug": (
            FieldInfo("f1", "Team", "text", required=True),
            FieldInfo("summary", "Summary", "text", required=True, field="title"),
        )
    }
    eng = Description("1", ENG.statuses, ENG.types, creation=form)
    block = {
        "fields": {"title": {}},
        "pair": [{"product": "COR", "eng": "ENG"}],
        "create": [{"from": "product", "to": "eng", "type": "Bug"}],
    }
    assert said(block, eng=eng) == [
        "eng:ENG requires Team for a new Bug: let it cross, or give it under [sync.create] set = { Team = … }"
    ]
    block["create"] = [{"from": "product", "to": "eng", "type": "Epic"}]
    assert said(block, eng=eng) == ['eng:ENG has no type "Epic"; it has Story, Bug']
    block["create"] = [{"from": "product", "to": "eng", "route": [{"container": "OPS"}]}]
    assert said(block, eng=eng) == ["eng has no container OPS that this account sees"]


def test_rows_to_start_from() -> None:
    block, surveys = surveyed({"fields": {"title": {}}, "status": [{"eng": ["Done"], "product": ["Done"]}]})
    assert written(rows_for(block, surveys)).splitlines() == [
        "status = [",
        '  { eng = ["Done"], product = ["Done"] },',
        '  { eng = ["To Do"], product = ["To Do"] },',
        '  { eng = ["Doing"], product = ["Started", "Blocked"] },',
        "]",
    ]
