"""Whatever people do in two to four tools, the tools agree in the end, and nothing is lost or written for nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.sync.company import Company

from syncline.model import Relation
from syncline.sim.faults import Fault

TITLES = st.sampled_from(["one", "two", "three", "four"])
EDIT = st.one_of(
    st.tuples(st.just("title"), TITLES),
    st.tuples(st.just("priority"), st.sampled_from(["urgent", "high", "low", "none"])),
    st.tuples(st.just("status"), st.integers(0, 2)),
    st.tuples(st.just("due_on"), st.sampled_from(["2027-01-31", "2027-02-28", None])),
    st.tuples(st.just("labels"), st.lists(st.sampled_from(["x", "y", "z"]), unique=True)),
    st.tuples(
        st.just("relations"),
        st.tuples(st.sampled_from(["blocks", "relates"]), st.just(2), st.booleans()),
    ),
)
"""A field and what somebody makes of it; of relations one that is to be there, or not."""
STEP = st.one_of(st.just("sync"), st.tuples(st.integers(0, 3), EDIT))
SCALARS = ("title", "priority", "status", "due_on")


def preferred(names: tuple[str, ...]) -> dict[str, Any]:
    order = [name for name in "bcad" if name in names]
    return {name: {"prefer": order} for name in SCALARS} | {"labels": {}, "relations": {}}


def held(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: {} for name in (*SCALARS, "labels", "relations")}


COMMON = settings(
    max_examples=12,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def play(here: Company, steps: list[Any]) -> list[tuple[str, str, Any]]:
    """Do what the steps say; returns the edits that changed something."""
    done = []
    for step in steps:
        if step == "sync":
            here.sync()
            continue
        if step[0] == "fail":
            here.tools[here.names[step[1] % len(here.names)]].inject(step[2], writes=True)
            continue
        place, (name, value) = step
        tool = here.names[place % len(here.names)]
        if name == "relations":
            done += [(tool, name, value)] if relate(here, tool, *value) else []
            continue
        made = here.status(tool, value).model_dump(mode="json") if name == "status" else value
        if here.issue(tool, f"{tool}1")[name] != made:
            here.edit(tool, f"{tool}1", **{name: made})
            done.append((tool, name, value))
    return done


def relate(here: Company, tool: str, type_: str, end: int, there: bool) -> bool:
    """Somebody relates the issue to another one, or takes that away; whether it was otherwise."""
    known = [
        number
        for number, row in here.tools[tool].relations.items()
        if row["type"] == type_ and {row["subject"], row["target"]} == {f"{tool}1", f"{tool}{end}"}
    ]
    if bool(known) is there:
        return False
    if there:
        values = {"subject": f"{tool}1", "type": type_, "target": f"{tool}{end}"}
        here.tools[tool].put(Relation(remote_id=f"{type_}-{end}-{here.writes}-{len(known)}", **values))
    for number in known:
        here.tools[tool].delete(number)
    return True


def relations(here: Company, tool: str) -> list[tuple[str, list[str]]]:
    """Each relation once, also where the tool has it twice, by the numbers of its ends."""
    rows = here.tools[tool].relations.values()
    ends = [
        (row["type"], [row["subject"].removeprefix(tool), row["target"].removeprefix(tool)]) for row in rows
    ]
    return sorted((str(type_), pair if type_ == "blocks" else sorted(pair)) for type_, pair in ends)


def shown(here: Company, tool: str) -> dict[str, Any]:
    """What a tool shows, in words that all tools share."""
    issue = here.issue(tool, f"{tool}1")
    order = [status.name for status in here.tools[tool].statuses]
    return {
        "title": issue["title"],
        "priority": issue["priority"],
        "status": order.index(issue["status"]["name"]),
        "due_on": issue["due_on"],
        "labels": sorted(issue["labels"]),
        "relations": relations(here, tool),
    }


def started(
    folder: str,
    names: tuple[str, ...],
    rules: Callable[[tuple[str, ...]], dict[str, Any]],
    access: Mapping[str, str] | None = None,
) -> Company:
    here = Company(Path(folder), f"sqlite:///{folder}/s.db", names, rules(names), access=access or {})
    for name in names:
        for number in (1, 2):
            here.put(name, number)
    here.sync()
    return here


@COMMON
@given(names=st.integers(2, 4), steps=st.lists(STEP, max_size=12))
def test_with_a_preference_all_tools_agree_after_two_runs_and_are_then_left_alone(
    names: int, steps: list[Any]
) -> None:
    with TemporaryDirectory() as folder:
        here = started(folder, tuple("abcd"[:names]), preferred)
        play(here, steps)
        here.sync()
        here.sync()
        first = shown(here, "a")
        for tool in here.names[1:]:
            assert shown(here, tool) == first
        written = here.writes
        assert here.sync().exit_code == 0
        assert here.writes == written
        assert here.held() == []


FAULTS = st.sampled_from([Fault.DROP_BEFORE, Fault.DROP_AFTER, Fault.TIMEOUT_AFTER, Fault.UNAVAILABLE])
ROUGH = st.one_of(STEP, st.tuples(st.just("fail"), st.integers(0, 3), FAULTS))
"""A step, or the next write to a tool fails, before it was done or after."""


@COMMON
@given(
    names=st.integers(2, 4),
    steps=st.lists(ROUGH, max_size=12),
    reading=st.sampled_from([None, None, "b", "c"]),
)
def test_an_edit_is_seen_everywhere_or_waits_in_sight(
    names: int, steps: list[Any], reading: str | None
) -> None:
    with TemporaryDirectory() as folder:
        here = started(folder, tuple("abcd"[:names]), held, {reading: "read"} if reading else {})
        play(here, steps)
        for tool in here.tools.values():
            tool.inject(Fault.DROP_BEFORE, writes=True, times=0)
        for _ in range(3):
            here.sync()
        open_ = {field for field, _, _ in here.held()}
        for one, other in itertools.combinations(here.names, 2):
            first, second = shown(here, one), shown(here, other)
            differing = {name for name in first if first[name] != second[name]}
            assert differing <= open_, "what differs is told"
        written = here.writes
        assert here.sync().exit_code == 0
        assert here.writes == written


@COMMON
@given(names=st.integers(2, 4), edits=st.lists(st.tuples(st.integers(0, 3), EDIT), max_size=5))
def test_no_more_is_written_than_was_edited(names: int, edits: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        here = started(folder, tuple("abcd"[:names]), preferred)
        done = play(here, list(edits))
        before = here.writes
        here.sync()
        here.sync()
        assert here.writes - before <= len(done) * 2 * (names - 1)


@COMMON
@given(edits=st.lists(st.tuples(st.integers(0, 2), EDIT), max_size=6))
def test_the_order_of_the_tools_changes_nothing(edits: list[Any]) -> None:
    ends = []
    for names in (("a", "b", "c"), ("c", "a", "b")):
        with TemporaryDirectory() as folder:
            here = started(folder, names, preferred)
            play(here, [("abc"[place] and names.index("abc"[place]), edit) for place, edit in edits])
            here.sync()
            ends.append({name: shown(here, name) for name in "abc"})
    assert ends[0] == ends[1]
