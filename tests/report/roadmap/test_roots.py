"""Which records are entries, and which of two tools are one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.report.roadmap.roots import Candidate, Roots, addresses, roots

from .building import rules

PAST = datetime(2026, 5, 1, tzinfo=UTC)


def epic(number: int, title: str = "", connection: str = "eng", **more: Any) -> Candidate:
    values: dict[str, Any] = {"kind": "Issue", "level": 1, "item": f"i{number}", "data": {"type": "Epic"}}
    return Candidate(number=number, title=title, connection=connection, **(values | more))


def project(number: int, title: str = "", connection: str = "product", **more: Any) -> Candidate:
    return epic(number, title, connection, **({"kind": "Project", "data": {"type": "project"}} | more))


def members(found: Roots) -> list[tuple[int, ...]]:
    return [entry.records for entry in found.entries]


def test_the_same_title_in_two_tools_is_one_entry_whatever_its_case_and_blanks() -> None:
    found = roots([epic(1, "Guest  accounts"), project(2, " guest Accounts ")], None, PAST)
    assert members(found) == [(1, 2)]
    assert found.entries[0].entry == "i1"


def test_the_first_tool_whose_date_counts_leads() -> None:
    chosen = rules(target=["product", "eng"])
    found = roots([epic(1, "A"), project(2, "A")], chosen, PAST)
    assert [(entry.entry, entry.records) for entry in found.entries] == [("i2", (2, 1))]


def test_without_an_order_the_older_record_leads() -> None:
    old, new = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    found = roots([epic(1, "A", created_at=new), project(2, "A", created_at=old)], None, PAST)
    assert members(found) == [(2, 1)]


def test_a_title_twice_in_one_tool_is_kept_apart_and_listed() -> None:
    found = roots([epic(1, "A"), epic(2, "A"), project(3, "A")], None, PAST)
    assert members(found) == [(1,), (2,), (3,)]
    assert found.doubts == (("i1", "i3", "title"), ("i2", "i3", "title"))


def test_two_of_one_title_in_one_tool_alone_are_no_doubt() -> None:
    found = roots([epic(1, "A"), epic(2, "A")], None, PAST)
    assert members(found) == [(1,), (2,)]
    assert found.doubts == ()


@pytest.mark.parametrize(
    "url",
    [
        "https://linear.example/acme/project/a-1",
        "https://linear.example/acme/project/a-1/overview",
        "https://linear.example/acme/project/a-1?x=1#part",
    ],
)
def test_an_address_joins_before_a_title_does(url: str) -> None:
    here = project(3, "B", url="https://linear.example/acme/project/a-1")
    found = roots([epic(1, "A", named=frozenset({url})), project(2, "A"), here], None, PAST)
    assert members(found) == [(1, 3), (2,)]


def test_only_the_ways_that_are_named_are_gone() -> None:
    linked = epic(1, "A", native=frozenset({"https://x.example/p"}))
    named = epic(3, "B", named=frozenset({"https://x.example/q"}))
    ends = [project(2, "C", url="https://x.example/p"), project(4, "D", url="https://x.example/q")]
    by_object = roots([linked, named, *ends], rules(match=["native"]), PAST)
    assert members(by_object) == [(1, 2), (3,), (4,)]
    assert members(roots([linked, named, *ends], rules(match=["title"]), PAST)) == [(1,), (2,), (3,), (4,)]
    assert members(roots([linked, named, *ends], rules(match=["url"]), PAST)) == [(1, 2), (3, 4)]


def test_records_of_one_item_are_one_entry_without_any_way() -> None:
    found = roots([epic(1, "A", item="i1"), project(2, "B", item="i1")], rules(match=["native"]), PAST)
    assert members(found) == [(1, 2)]


def test_three_tools() -> None:
    found = roots([epic(1, "A"), project(2, "A"), epic(3, "A", "app")], None, PAST)
    assert members(found) == [(1, 2, 3)]


def test_an_initiative_stands_there_only_by_a_rule_that_names_its_type() -> None:
    big = project(1, "A", level=2, data={"type": "initiative"})
    assert members(roots([big], rules({"from": "product", "kind": "project"}), PAST)) == []
    assert members(roots([big], rules({"from": "product", "type": "initiative"}), PAST)) == [(1,)]


def test_without_rules_an_epic_in_a_project_is_part_of_it() -> None:
    found = roots([epic(1, "A", data={"project": "p"}), project(2, "B"), epic(3, "C", level=0)], None, PAST)
    assert members(found) == [(2,)]


def test_rules_choose_by_connection_labels_and_type() -> None:
    chosen = rules({"from": "eng", "type": "Epic", "labels": "roadmap"})
    kept = epic(1, "A", data={"type": "Epic", "labels": ["Roadmap"]})
    others = [epic(2, "B"), project(3, "C"), epic(4, "D", data={"type": "Story", "labels": ["roadmap"]})]
    assert members(roots([kept, *others], chosen, PAST)) == [(1,)]


def test_what_is_promised_and_public_is_said_by_any_record() -> None:
    chosen = rules(committed={"labels": ["sure"]}, public={"labels": ["open"]})
    found = roots(
        [epic(1, "A", data={"type": "Epic", "labels": ["sure"]}), project(2, "A"), project(3, "B")],
        chosen,
        PAST,
    )
    assert [(one.committed, one.public) for one in found.entries] == [(True, False), (False, False)]


def test_what_ended_long_ago_is_history_only_as_a_whole() -> None:
    old: dict[str, Any] = {"ended": True, "updated_at": PAST - timedelta(days=1)}
    found = roots([epic(1, "A", **old), epic(2, "B", **old), project(3, "B")], None, PAST)
    assert [entry.entry for entry in found.past] == ["i1"]
    assert members(found) == [(2, 3)]


def test_addresses_end_before_what_is_not_theirs() -> None:
    assert addresses("see (https://a.example/x), and <https://b.example/y>.") == {
        "https://a.example/x",
        "https://b.example/y",
    }


candidates = st.lists(
    st.tuples(st.sampled_from(["eng", "product", "app"]), st.sampled_from(["A", "B", "C", ""])), max_size=8
)


@given(candidates)
def test_every_record_is_in_one_entry_and_no_entry_has_two_of_a_tool(drawn: list[tuple[str, str]]) -> None:
    made = [epic(number, title, connection) for number, (connection, title) in enumerate(drawn, 1)]
    found = roots(made, None, PAST)
    assert sorted(number for entry in found.entries for number in entry.records) == [
        one.number for one in made
    ]
    of = {one.number: one.connection for one in made}
    for entry in found.entries:
        assert len({of[number] for number in entry.records}) == len(entry.records)
    assert roots(made[::-1], None, PAST) == found
