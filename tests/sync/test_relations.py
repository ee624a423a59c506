"""Relations cross as relations of the counterparts: added and taken away on any side, each by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from tests.sync.company import Company

from syncline.model import Relation, RelationType
from syncline.sim.faults import Fault
from syncline.store.tables import record
from syncline.sync.ledger import Ledger
from syncline.sync.planfile import lines

Make = Callable[..., Company]
FIELDS: dict[str, object] = {"title": {}, "relations": {}}


def company_of(make: Make, rule: object = None, count: int = 3, **options: object) -> Company:
    """Pieces of work that are linked everywhere; one more in each tool that is not."""
    here = make(fields={"title": {}, "relations": rule or {}}, **options)
    for name in here.names:
        for number in range(1, count + 1):
            here.put(name, number)
        here.put(name, 9, title=f"only in {name}")
    here.sync()
    return here


def relate(here: Company, name: str, one: str, type_: str, other: str) -> str:
    """Somebody relates two issues; returns the relation's id."""
    number = f"{one}-{type_}-{other}"
    here.tools[name].put(Relation(remote_id=number, subject=one, type=RelationType(type_), target=other))
    return number


def related(here: Company, name: str) -> set[tuple[str, str, str]]:
    """Every relation that a tool holds, each once."""
    rows = [
        (str(row["subject"]), str(row["type"]), str(row["target"]))
        for row in here.tools[name].relations.values()
    ]
    assert len(rows) == len(set(rows)), "no relation is there twice"
    return set(rows)


def link(here: Company, one: str, other: str) -> None:
    """A person joins two records; ``other`` is in a group already."""
    with here.store() as store, store.writing() as db:
        ids = {row.remote_id: row.id for row in db.execute(select(record))}
        ledger = Ledger(db, 1, here.clock.now())
        group = ledger.group_of("all", ids[other])
        assert group is not None
        ledger.join("all", ids[one], ids[other], "person", None, group, about=False)


def quiet(here: Company) -> None:
    """Two more runs write nothing."""
    written = here.writes
    for _ in range(2):
        assert here.sync().exit_code == 0
    assert here.writes == written


@pytest.mark.parametrize("type_", [one.value for one in RelationType])
def test_a_relation_crosses_and_is_taken_away_again(company: Make, type_: str) -> None:
    here = company_of(company)
    number = relate(here, "a", "a1", type_, "a2")
    here.sync()
    assert related(here, "b") in ({("b1", type_, "b2")}, {("b2", "relates", "b1")})
    quiet(here)
    here.tools["a"].delete(number)
    here.sync()
    assert related(here, "b") == set()
    quiet(here)
    assert here.held() == []


def test_it_crosses_back_and_is_taken_away_where_it_was_written(company: Make) -> None:
    here = company_of(company)
    relate(here, "b", "b2", "blocks", "b1")
    here.sync()
    assert related(here, "a") == {("a2", "blocks", "a1")}
    (number,) = here.tools["a"].relations
    here.tools["a"].delete(number)
    here.sync()
    assert related(here, "a") == related(here, "b") == set()
    quiet(here)


def test_what_both_sides_did_since_is_done_together(company: Make) -> None:
    here = company_of(company)
    number = relate(here, "a", "a1", "blocks", "a2")
    here.sync()
    here.tools["a"].delete(number)
    relate(here, "a", "a3", "blocks", "a1")
    relate(here, "b", "b1", "causes", "b3")
    relate(here, "b", "b2", "relates", "b3")
    here.sync()
    shown = {("1", "causes", "3"), ("2", "relates", "3"), ("3", "blocks", "1")}
    for name in "ab":
        assert {(one[1:], type_, two[1:]) for one, type_, two in related(here, name)} == shown
    quiet(here)


def test_ends_that_are_not_linked_are_left_alone(company: Make) -> None:
    here = company_of(company)
    relate(here, "a", "a1", "blocks", "a9")
    relate(here, "b", "b9", "blocks", "b1")
    relate(here, "b", "b1", "relates", "b9")
    before = {name: related(here, name) for name in "ab"}
    quiet(here)
    assert {name: related(here, name) for name in "ab"} == before
    assert here.held() == []


@pytest.mark.parametrize("type_", ["blocks", "relates"])
def test_what_is_said_of_a_piece_of_work_and_itself_stays_where_it_is(company: Make, type_: str) -> None:
    here = company_of(company)
    relate(here, "a", "a1", type_, "a1")
    quiet(here)
    assert related(here, "b") == set()
    assert here.held() == []


@pytest.mark.parametrize("type_", ["blocks", "relates"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_relation_crosses_in_the_run_in_which_its_other_end_is_linked(
    company: Make, type_: str, turned: bool
) -> None:
    here = company_of(company)
    ends = ("a9", "a1") if turned else ("a1", "a9")
    relate(here, "a", ends[0], type_, ends[1])
    here.sync()
    assert related(here, "b") == set()
    here.put("b", 8, title="only in a")
    here.sync()
    made = {"a1": "b1", "a9": "b8"}
    wanted = (made[ends[0]], type_, made[ends[1]])
    assert related(here, "b") in ({wanted}, {wanted[::-1]})
    quiet(here)


def test_an_end_that_another_hand_linked_counts(company: Make) -> None:
    """Not this block's link: any that makes them one item."""
    here = company_of(company)
    relate(here, "a", "a1", "blocks", "a9")
    here.sync()
    with here.store() as store, store.writing() as db:
        ids = {row.remote_id: row.id for row in db.execute(select(record))}
        Ledger(db, 1, here.clock.now()).join("", ids["a9"], ids["b9"], "person", None, ids["a9"], about=False)
    here.sync()
    assert related(here, "b") == {("b1", "blocks", "b9")}
    quiet(here)


def test_an_end_that_is_unlinked_takes_nothing_away(company: Make) -> None:
    here = company_of(company)
    number = relate(here, "a", "a1", "blocks", "a2")
    here.sync()
    with here.store() as store, store.writing() as db:
        ids = {row.remote_id: row.id for row in db.execute(select(record))}
        Ledger(db, 1, here.clock.now()).unlink(ids["b2"])
    quiet(here)
    here.tools["a"].delete(number)
    quiet(here)
    assert related(here, "b") == {("b1", "blocks", "b2")}


def test_counterparts_that_are_made_in_one_run_are_related_in_it(company: Make) -> None:
    here = company(
        fields=FIELDS,
        block={
            "create": [{"from": "a", "to": "b", "when": {"labels": ["copy"]}, "type": "Task"}],
            "pair": [{"a": "K", "b": "K"}],
        },
    )
    for number in (1, 2, 3):
        here.put("a", number, labels=["copy"])
    relate(here, "a", "a1", "blocks", "a2")
    relate(here, "a", "a3", "blocks", "a1")
    here.sync()
    made = {one["remote_id"]: one["title"] for one in here.tools["b"].issues.values()}
    told = {(made[one], type_, made[two]) for one, type_, two in related(here, "b")}
    assert told == {("issue 1", "blocks", "issue 2"), ("issue 3", "blocks", "issue 1")}
    quiet(here)


def test_both_directions_of_what_has_none_are_one_relation(company: Make) -> None:
    """A tool that notes a relation on both ends has said it once."""
    here = company_of(company)
    relate(here, "a", "a1", "relates", "a2")
    relate(here, "a", "a2", "relates", "a1")
    here.sync()
    assert len(related(here, "b")) == 1
    quiet(here)
    here.tools["b"].delete(next(iter(here.tools["b"].relations)))
    here.sync()
    assert related(here, "a") == set()
    quiet(here)


def test_the_same_relation_on_both_sides_is_found_to_agree(company: Make) -> None:
    here = company_of(company)
    relate(here, "a", "a1", "relates", "a2")
    relate(here, "b", "b2", "relates", "b1")
    quiet(here)
    assert len(related(here, "a")) == len(related(here, "b")) == 1


def test_three_tools_agree_and_one_that_cannot_reach_an_end_hears_later(company: Make) -> None:
    here = company(names=("a", "b", "c"), fields=FIELDS)
    for name in "abc":
        here.put(name, 1)
    for name in "ab":
        here.put(name, 2)
    here.sync()
    relate(here, "b", "b1", "blocks", "b2")
    here.sync()
    assert related(here, "a") == {("a1", "blocks", "a2")}
    assert related(here, "c") == set()
    assert here.held() == []
    quiet(here)
    here.put("c", 2)
    here.sync()
    link(here, "c2", "a2")
    here.sync()
    assert related(here, "c") == {("c1", "blocks", "c2")}
    quiet(here)
    here.tools["c"].delete(next(iter(here.tools["c"].relations)))
    here.sync()
    assert related(here, "a") == related(here, "b") == related(here, "c") == set()
    quiet(here)


def test_one_way_tells_and_what_the_other_side_added_stays(company: Make) -> None:
    here = company_of(company, {"from": "a"})
    number = relate(here, "a", "a1", "blocks", "a2")
    relate(here, "b", "b2", "blocks", "b3")
    here.sync()
    assert related(here, "a") == {("a1", "blocks", "a2")}
    assert related(here, "b") == {("b1", "blocks", "b2"), ("b2", "blocks", "b3")}
    quiet(here)
    here.tools["a"].delete(number)
    here.sync()
    assert related(here, "b") == {("b2", "blocks", "b3")}


def test_one_way_a_copy_that_somebody_took_away_is_told_and_stays_away(company: Make) -> None:
    here = company_of(company, {"from": "a"})
    relate(here, "a", "a1", "blocks", "a2")
    here.sync()
    here.tools["b"].delete(next(iter(here.tools["b"].relations)))
    here.sync()
    assert related(here, "b") == set()
    assert [one[:2] for one in here.held()] == [("relations", "blocked")]
    quiet(here)


def test_only_and_except_name_types(company: Make) -> None:
    here = company_of(company, {"except": ["relates"]})
    relate(here, "a", "a1", "relates", "a2")
    relate(here, "a", "a1", "blocks", "a3")
    here.sync()
    assert related(here, "b") == {("b1", "blocks", "b3")}
    quiet(here)


def test_a_side_that_is_only_read_is_told_of_in_one_line(company: Make) -> None:
    here = company_of(company, access={"b": "read"})
    relate(here, "a", "a1", "blocks", "a2")
    here.sync()
    assert here.held() == [("relations", "blocked", 'blocks B-2: b is only read (access = "read")')]
    quiet(here)


@pytest.mark.parametrize(
    "fault", [Fault.DROP_BEFORE, Fault.DROP_AFTER, Fault.TIMEOUT_AFTER, Fault.UNAVAILABLE]
)
@pytest.mark.parametrize("removes", [False, True])
def test_a_write_whose_answer_is_lost_is_done_once(company: Make, fault: Fault, removes: bool) -> None:
    here = company_of(company)
    number = relate(here, "a", "a1", "blocks", "a2")
    if removes:
        here.sync()
        here.tools["a"].delete(number)
    here.tools["b"].inject(fault, writes=True)
    here.sync()
    here.sync()
    assert related(here, "b") == (set() if removes else {("b1", "blocks", "b2")})
    quiet(here)


def test_a_relation_that_is_out_of_sight_is_not_taken_away(company: Make) -> None:
    """Who may not see an issue is not shown what leads to it: the other side keeps it."""
    here = company_of(company)
    number = relate(here, "a", "a1", "blocks", "a2")
    here.sync()
    kept = here.tools["a"].relations[number]
    here.tools["a"].hidden.add("a2")
    here.tools["a"].delete(number)
    here.sync()
    assert related(here, "b") == {("b1", "blocks", "b2")}
    here.tools["a"].hidden.clear()
    here.tools["a"].put(Relation.model_validate({k: v for k, v in kept.items() if k[0] != "_"}))
    here.sync()
    quiet(here)
    assert related(here, "a") == {("a1", "blocks", "a2")}


def test_taking_a_run_back_flows_nowhere_until_somebody_changes_it_anew(company: Make) -> None:
    here = company_of(company)
    number = relate(here, "a", "a1", "blocks", "a2")
    run = here.sync().run
    told = here.undo(run)
    assert [len(told.done), told.left] == [1, []]
    assert related(here, "b") == set()
    assert related(here, "a") == {("a1", "blocks", "a2")}
    quiet(here)
    here.tools["a"].delete(number)
    quiet(here)
    relate(here, "a", "a1", "blocks", "a2")
    here.sync()
    assert related(here, "b") == {("b1", "blocks", "b2")}


def test_what_was_taken_away_is_brought_back(company: Make) -> None:
    here = company_of(company)
    number = relate(here, "a", "a1", "blocks", "a2")
    here.sync()
    here.tools["a"].delete(number)
    run = here.sync().run
    assert here.undo(run).left == []
    assert related(here, "b") == {("b1", "blocks", "b2")}
    assert related(here, "a") == set()
    quiet(here)
    here.tools["b"].delete(next(iter(here.tools["b"].relations)))
    quiet(here)


def test_what_somebody_changed_since_is_not_taken_back(company: Make) -> None:
    here = company_of(company)
    relate(here, "a", "a1", "blocks", "a2")
    run = here.sync().run
    here.tools["b"].delete(next(iter(here.tools["b"].relations)))
    here.block["mode"] = "preview"
    here.sync()
    told = here.undo(run)
    assert told.done == []
    assert len(told.left) == 1


def test_a_plan_says_it_in_peoples_words(company: Make) -> None:
    here = company_of(company)
    number = relate(here, "a", "a1", "blocks", "a2")
    relate(here, "b", "b3", "relates", "b2")
    here.sync()
    here.tools["a"].delete(number)
    relate(here, "a", "a1", "causes", "a3")
    here.block["mode"] = "preview"
    outcome = here.sync().outcome
    assert outcome is not None
    assert list(lines(outcome.plans["all"])) == [
        "all (preview): 1 update",
        "  update B-1 of b: causes B-3, no longer blocks B-2 (changed in a)",
    ]


def test_what_was_written_is_agreed_at_once_also_where_the_run_ends_there(company: Make) -> None:
    """With a limit nothing is planned twice: still, who takes it away afterwards is heard."""
    here = company_of(company)
    relate(here, "a", "a1", "blocks", "a2")
    here.sync(limit=1)
    here.tools["b"].delete(next(iter(here.tools["b"].relations)))
    here.sync()
    assert related(here, "a") == related(here, "b") == set()


def test_an_archived_record_is_left_alone_and_nobody_hears_of_it(company: Make) -> None:
    here = company_of(company)
    here.edit("b", "b1", archived=True)
    relate(here, "a", "a1", "blocks", "a2")
    here.sync()
    assert related(here, "b") == set()
    assert here.held() == []
    here.edit("b", "b1", archived=False)
    here.sync()
    assert related(here, "b") == {("b1", "blocks", "b2")}
