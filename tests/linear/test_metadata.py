"""Teams, people, projects and what belongs to them; looking at single records; what a team is made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.linear.lab import NOWHERE, Wire, World, pull, records, ref_of, stream

from syncline.connector import Archived, Cadence, Missing, Present
from syncline.errors import ConfigError, NotFound, ProtocolError
from syncline.model import Health, Kind, Priority, Project, Ref
from syncline_connectors.linear import Linear

Connect = Callable[..., Linear]


def test_teams_come_with_their_workflow_in_order(connect: Connect, world: World) -> None:
    world.site.add_state(world.eng, "In Review", "started", position=9)
    world.site.add_state(world.eng, "Inbox", "triage", position=10)
    pages = pull(connect(), "teams")
    (team,) = records(pages, Kind.CONTAINER).values()
    assert [name for name, _ in team.columns] == [
        "Inbox",
        "Backlog",
        "Todo",
        "In Progress",
        "In Review",
        "Done",
        "Canceled",
        "Duplicate",
    ]
    told = {one.name: (one.category, one.refinement) for page in pages for one in page.statuses}
    assert told["In Review"][0] == "in_progress"
    assert told["Duplicate"] == ("canceled", "duplicate")
    assert len(told) == 8


def test_small_streams_are_read_whole_when_a_census_is_due(
    connect: Connect, world: World, wire: Wire
) -> None:
    site = world.site
    project = site.add_project(
        "Doors", [world.eng], status="started", lead=world.ada, target_date=date(2026, 12, 24)
    )
    initiative = site.add_initiative("Grow", [project], status="Active")
    milestone = site.add_milestone(project, "Beta", target=date(2026, 12, 1))
    update = site.project_update(project, "atRisk", "slower", by=world.ben)
    cycle = site.add_cycle(world.eng)
    site.deactivate(world.ben)
    linear = connect()
    for one in linear.streams():
        assert one.cadence is (Cadence.RUN if one.name == "issues" else Cadence.CENSUS)
    found = {one.name: records(pull(linear, one.name), one.kinds[0]) for one in linear.streams()}
    assert found["projects"][project.id].parents == (initiative.id,)
    assert found["projects"][project.id].health is Health.AT_RISK
    assert found["projects"][project.id].containers == (world.eng.id,)
    assert isinstance(found["initiatives"][initiative.id], Project)
    assert found["initiatives"][initiative.id].level == 2
    assert found["milestones"][milestone.id].project == project.id
    assert found["updates"][update.id].subject == project.id
    assert found["cycles"][cycle.id].container == world.eng.id
    assert found["people"][world.ben.id].active is False, "who has left is still known"
    assert len(wire.sent) == len(linear.streams()) + 1, "one request each; the states of the teams apart"


def test_projects_of_other_teams_are_out_of_scope(connect: Connect, world: World) -> None:
    ops = world.site.add_team("OPS", members=(world.ada,))
    ours = world.site.add_project("Ours", [world.eng, ops])
    theirs = world.site.add_project("Theirs", [ops])
    mine, other = world.site.add_cycle(world.eng), world.site.add_cycle(ops)
    world.site.add_milestone(theirs, "Not ours")
    linear = connect(teams=("ENG",))
    assert set(records(pull(linear, "projects"), Kind.PROJECT)) == {ours.id}
    assert set(records(pull(linear, "cycles"), Kind.ITERATION)) == {mine.id}
    assert not records(pull(linear, "milestones"), Kind.MILESTONE)
    assert set(records(pull(linear, "teams"), Kind.CONTAINER)) == {world.eng.id}
    assert other.id not in set(records(pull(linear, "cycles"), Kind.ITERATION))
    assert len(records(pull(linear, "people"), Kind.PERSON)) == 2


def test_a_project_of_many_teams_names_them_all(connect: Connect, world: World) -> None:
    teams = [world.site.add_team(f"T{number}", members=(world.ada,)) for number in range(25)]
    project = world.site.add_project("Everywhere", teams)
    world.site.set_quirks(page_cap=(4, 9))
    found = records(pull(connect(), "projects"), Kind.PROJECT)[project.id]
    assert set(found.containers) == {team.id for team in teams}


@pytest.mark.parametrize("name", ["teams", "people", "projects", "cycles"])
def test_small_streams_have_many_pages(connect: Connect, world: World, name: str) -> None:
    for number in range(23):
        team = world.site.add_team(f"T{number}", members=(world.ada,))
        world.site.add_user(f"Person {number}")
        world.site.add_project(f"Project {number}", [team])
        world.site.add_cycle(team)
    world.site.set_quirks(page_cap=(3, 6))
    linear = connect()
    assert len(records(pull(linear, name), stream(linear, name).kinds[0])) >= 23


def test_a_team_that_is_not_there_is_a_mistake_in_the_file(connect: Connect, world: World) -> None:
    with pytest.raises(ConfigError, match="no team OPS, eng"):
        pull(connect(teams=("ENG", "eng", "OPS")), "teams")


def test_streams_are_chosen(connect: Connect) -> None:
    assert [one.name for one in connect(streams=("issues", "cycles")).streams()] == [
        "teams",
        "people",
        "cycles",
        "issues",
    ]
    with pytest.raises(ProtocolError, match="no census"):
        list(connect().census(stream(connect(), "cycles")))


# ---- looking at single records -------------------------------------------------------------------------------------


def test_each_kind_can_be_looked_at(connect: Connect, world: World) -> None:
    site = world.site
    issue = world.issue()
    project = site.add_project("Doors", [world.eng])
    known: dict[Kind, Any] = {
        Kind.ISSUE: issue,
        Kind.COMMENT: site.comment(issue, "words", by=world.ada),
        Kind.ATTACHMENT: site.attach(issue, "https://example.com/1", "A link"),
        Kind.RELATION: site.relate(issue, "blocks", world.issue()),
        Kind.PERSON: world.ben,
        Kind.CONTAINER: world.eng,
        Kind.PROJECT: project,
        Kind.MILESTONE: site.add_milestone(project, "Beta"),
        Kind.NOTE: site.project_update(project, "onTrack", "words", by=world.ada),
        Kind.ITERATION: site.add_cycle(world.eng),
    }
    linear = connect()
    here = [ref_of(linear, node.id, kind) for kind, node in known.items()]
    here.append(ref_of(linear, site.add_initiative("Grow").id, Kind.PROJECT))
    gone = [Ref(here[0].site, kind, one) for kind in known for one in (NOWHERE, "ENG-1")]
    strange = Ref(here[0].site, Kind.TICKET, NOWHERE)
    answers = {one.ref: one for one in linear.fetch([*here, *gone, strange])}
    assert len(answers) == len(here) + len(gone) + 1
    for ref in here:
        found = answers[ref]
        assert isinstance(found, Present), ref
        assert (ref.kind, ref.remote_id) in {
            (one.record.kind, one.record.remote_id) for one in found.page.records
        }
    assert all(isinstance(answers[ref], Missing) for ref in (*gone, strange))


def test_l09_what_is_in_the_bin_is_archived_and_what_was_purged_is_missing(
    connect: Connect, world: World
) -> None:
    binned, archived, purged = (world.issue(name) for name in ("binned", "archived", "purged"))
    world.site.trash(binned)
    world.site.archive(archived)
    world.site.purge(purged)
    linear = connect()
    answers = {
        one.ref.remote_id: one
        for one in linear.fetch([ref_of(linear, one.id) for one in (binned, archived, purged)])
    }
    assert isinstance(answers[binned.id], Archived)
    assert isinstance(answers[archived.id], Archived)
    assert isinstance(answers[purged.id], Missing), "which proves nothing by itself"
    listed = {one for batch in linear.census(stream(linear)) for one in batch}
    assert listed == {binned.id, archived.id}, "only the census tells that something is gone"


def test_many_are_looked_at_together(connect: Connect, world: World, wire: Wire) -> None:
    issues = [world.issue(f"issue {number}") for number in range(25)]
    linear = connect()
    refs = [ref_of(linear, issue.id) for issue in issues]
    sent = len(wire.sent)
    assert all(isinstance(one, Present) for one in linear.fetch(refs))
    assert len(wire.sent) - sent <= 2


# ---- what a team is made of ----------------------------------------------------------------------------------------


def test_a_team_is_described(connect: Connect, world: World) -> None:
    world.site.add_label("everywhere")
    world.site.add_label("ours", team=world.eng)
    world.site.add_label("theirs", team=world.site.add_team("OPS"))
    group = world.site.add_label("Platform", group=True)
    world.site.add_label("iOS", parent=group)
    linear = connect(access="write")
    found = linear.describe(world.eng.id)
    assert [one.name for one in found.statuses] == [
        "Backlog",
        "Todo",
        "In Progress",
        "Done",
        "Canceled",
        "Duplicate",
    ]
    assert found.types == ("Issue",)
    (fields,) = found.creation.values()
    by_field = {one.field: one for one in fields}
    assert by_field["labels"].choices == ("Platform/iOS", "everywhere", "ours")
    assert by_field["priority"].choices == tuple(Priority)
    assert [one.field for one in fields if one.required] == ["title"]
    assert len(found.people) == 2
    assert {one.record.key for one in linear.containers()} == {"ENG", "OPS"}
    assert not connect().describe(world.eng.id).creation, "who only reads needs no more"
    for wrong in (NOWHERE, "ENG"):
        with pytest.raises(NotFound):
            linear.describe(wrong)
