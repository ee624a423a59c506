"""The canary against the in-memory tool: what it tells of a tool that keeps its word, and of one that does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from syncline.canary import BODY, Canary, Finding, State
from syncline.config import ConnectionConfig
from syncline.connector import Capabilities, Creation
from syncline.errors import AuthError, ConfigError, Unsupported
from syncline.memory import Memory, MemoryTool, Rules
from syncline.model import Container, Kind, Ref, Sourced, Status, StatusCategory, Text, TextFormat, Visibility
from syncline.sim.clock import SimClock
from syncline.target import FIELDS, Change, CommentDraft, Outcome, Removal, Set

OPEN = Status(id="1", name="Open", category=StatusCategory.TODO)
DONE = Status(id="2", name="Done", category=StatusCategory.DONE)


def a_tool(rules: Rules | None = None) -> MemoryTool:
    tool = MemoryTool(statuses=(OPEN, DONE), rules=rules or Rules())
    tool.put(Container(remote_id="c1", key="SANDBOX"))
    return tool


def canary_of(tool: MemoryTool, connector: type[Memory] = Memory, company: tuple[str, ...] = ()) -> Canary:
    bound = type("Bound", (connector,), {"tool": tool})
    target = bound(ConnectionConfig(connector="memory", access="write"), None, {})
    return Canary(target, target.check(), "c1", company, clock=SimClock(), marker="marker-1")


def told(canary: Canary) -> dict[str, Finding]:
    findings = list(canary.findings())
    assert len({one.what for one in findings}) == len(findings), "one finding for each thing"
    return {one.what: one for one in findings}


def test_a_tool_that_keeps_its_word_passes_and_is_left_clean() -> None:
    tool = a_tool()
    found = told(canary_of(tool))
    assert {one.state for one in found.values()} <= {State.OK, State.UNTRIED}
    assert found.keys() >= {
        "create",
        "marker",
        "title",
        "description",
        "status",
        "comment",
        "file",
        "put away",
    }
    assert found["put away"].text == "archived"
    assert [row["archived"] for row in tool.issues.values()] == [True]
    assert not tool.comments


def test_everything_declared_is_told_of() -> None:
    found = told(canary_of(a_tool()))
    assert found.keys() >= Memory.capabilities.writes & FIELDS.keys()
    assert {what for what, one in found.items() if one.state is State.UNTRIED} == {
        "parent",
        "releases",
        "iterations",
        "components",
        "relations",
    }


def test_a_field_that_is_not_on_the_screen_is_refused_by_name_and_the_rest_goes_on() -> None:
    found = told(canary_of(a_tool(Rules(off_screen={"c1": frozenset({"due_on"})}))))
    assert found["due_on"].state is State.REFUSED
    assert found["labels"].state is State.OK


def test_required_fields_are_given_and_types_that_ask_for_too_much_are_passed_over() -> None:
    tool = a_tool(Rules(types=("Bug", "Task"), required={"Bug": ("parent",), "Task": ("due_on",)}))
    found = told(canary_of(tool))
    assert found["create"] == Finding("create", State.OK, "made a record of the type Task")
    tool = a_tool(Rules(types=("Bug",), required={"Bug": ("parent",)}))
    found = told(canary_of(tool))
    assert found.keys() == {"create"}
    assert found["create"].state is State.REFUSED
    assert "parent" in found["create"].text
    assert not tool.issues


def test_a_status_out_of_reach_is_told_with_the_reason() -> None:
    found = told(canary_of(a_tool(Rules(ways={"Open": ()}))))
    assert found["status"].state is State.REFUSED
    assert "Done" in found["status"].text


class Rewrites(Memory):
    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        if "title" in changes:
            return super().update(ref, {"title": Set("something else")}, expected)
        return super().update(ref, changes, expected)


def test_what_the_tool_stores_otherwise_than_foretold_is_told() -> None:
    found = told(canary_of(a_tool(), Rewrites))
    assert found["title"].state is State.DIFFERS
    assert "something else" in found["title"].text
    assert found["labels"].state is State.OK


class Silent(Memory):
    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        return Outcome(ref)


def test_a_connector_that_says_nothing_of_a_field_differs() -> None:
    assert told(canary_of(a_tool(), Silent))["labels"].state is State.DIFFERS


class Public(Memory):
    def add_comment(self, draft: CommentDraft, marker: str) -> Outcome:
        made = super().add_comment(draft, marker)
        assert made.stored is not None
        seen = made.stored.record.model_copy(update={"visibility": Visibility.CUSTOMER})
        return Outcome(made.ref, made.applied, made.refused, Sourced(seen, made.stored.payload))


def test_a_comment_that_customers_could_read_is_told() -> None:
    assert told(canary_of(a_tool(), Public))["comment"].state is State.DIFFERS


class OtherBytes(Memory):
    def download(self, ref: Ref) -> bytes:
        return b"other"


def test_bytes_that_come_back_otherwise_are_told() -> None:
    assert told(canary_of(a_tool(), OtherBytes))["file"].state is State.DIFFERS


class NoArchive(Memory):
    def remove(self, ref: Ref, how: Removal) -> None:
        if how is Removal.ARCHIVE:
            raise Unsupported("memory: no archive")
        super().remove(ref, how)


def test_what_cannot_be_archived_is_deleted() -> None:
    tool = a_tool()
    assert told(canary_of(tool, NoArchive))["put away"].text == "deleted; archive: memory: no archive"
    assert not tool.issues


class NoWayOut(Memory):
    def remove(self, ref: Ref, how: Removal) -> None:
        if how is Removal.DELETE:
            raise Unsupported("memory: no deletion")


def test_a_record_that_stays_is_named() -> None:
    found = told(canary_of(a_tool(), NoWayOut))["put away"]
    assert found.state is State.REFUSED
    assert "memory:Issue:" in found.text
    assert "without effect" in found.text


class Slow(Memory):
    capabilities: Capabilities = Capabilities(
        **{
            **{name: getattr(Memory.capabilities, name) for name in Memory.capabilities.__dataclass_fields__},
            "creates": {
                **Memory.capabilities.creates,
                Kind.ISSUE: Creation(Memory.capabilities.creates[Kind.ISSUE].by, 600),
            },
        }
    )


def test_a_marker_within_its_settling_time_is_no_failure() -> None:
    tool = a_tool()
    tool.lags = True
    assert told(canary_of(tool, Slow))["marker"].state is State.UNTRIED
    tool = a_tool()
    tool.lags = True
    assert told(canary_of(tool))["marker"].state is State.DIFFERS


class LosesItsKey(Memory):
    def add_comment(self, draft: CommentDraft, marker: str) -> Outcome:
        raise AuthError("memory: the key has expired", status=401)


def test_lost_credentials_end_it_but_not_before_the_record_is_put_away() -> None:
    tool = a_tool()
    seen: list[Finding] = []
    with pytest.raises(AuthError):
        seen.extend(canary_of(tool, LosesItsKey).findings())
    assert seen[-1] == Finding("put away", State.OK, "archived")


class Interrupted(Memory):
    def attach(self, draft: Any, marker: str) -> Outcome:
        raise KeyboardInterrupt


def test_an_interruption_leaves_nothing_behind() -> None:
    tool = a_tool()
    with pytest.raises(KeyboardInterrupt):
        list(canary_of(tool, Interrupted).findings())
    assert [row["archived"] for row in tool.issues.values()] == [True]


def test_a_connector_that_makes_no_issues_has_no_canary() -> None:
    class Reads(Memory):
        capabilities = Capabilities(reads=Memory.capabilities.reads)

    with pytest.raises(ConfigError, match="makes no issues"):
        canary_of(a_tool(), Reads)


def test_the_text_is_one_that_shows_what_a_tool_loses() -> None:
    assert canonical_of(BODY) == BODY


def canonical_of(source: str) -> str:
    from syncline.text import to_markdown

    return to_markdown(Text(format=TextFormat.MARKDOWN, source=source)).source
