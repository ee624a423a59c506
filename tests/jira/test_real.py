"""Real Jira data, read over HTTP without loss, where it is at hand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.jira.lab import pull, records
from tests.simulator.realdata import DATA, load_real_data, needs_data

from syncline.model import Kind
from syncline_connectors.jira import Jira
from syncline_connectors.jira.fields import field_map, parse_catalogue
from syncline_connectors.jira.reading import Reader
from syncline_connectors.jira.simulator import JiraSimulator

pytestmark = needs_data
Connect = Callable[..., Jira]


def test_all_of_it_is_read_and_nothing_set_aside(site: JiraSimulator, connect: Connect) -> None:
    counts = load_real_data(site)
    jira = connect()
    pages = pull(jira)
    issues = records(pages)
    assert [item.reason for page in pages for item in page.quarantined] == []
    assert len(issues) == counts.issues
    assert len(records(pages, Kind.COMMENT)) == counts.comments
    assert len(records(pages, Kind.WORK_LOG)) == counts.worklogs
    assert len(records(pages, Kind.RELATION)) == counts.links
    assert sum(len(page.events) for page in pages) == counts.items
    assert Counter(i.status.name for i in issues.values()) == counts.by_status
    assert Counter(i.key.rpartition("-")[0] for i in issues.values()) == counts.by_project
    for page in pages:
        for item in page.records:
            assert jira.translate(item.record.kind, item.payload) == item.record


def exchanges(name: str) -> list[Any]:
    found = json.loads((DATA / "nango-cloud" / f"{name}.exchanges.json").read_text())
    return [exchange["response"]["body"] for exchange in found]


def test_recorded_answers_of_the_present_cloud_can_be_read() -> None:
    fields = parse_catalogue(exchanges("list-fields")[0])
    reader = Reader("https://acme.atlassian.net", field_map(fields, {}))
    assert reader.fields.flagged == ("customfield_10021",)
    read: Counter[Kind] = Counter()
    owner = {"id": "10002", "key": "KAN-2", "service": False}
    for kind, payloads in {
        Kind.ISSUE: [*exchanges("get-issue"), *(i for body in exchanges("issues") for i in body["issues"])],
        Kind.COMMENT: [{**body, "_issue": owner} for body in exchanges("add-comment")],
        Kind.WORK_LOG: [
            {**row, "_issue": owner} for body in exchanges("list-worklogs") for row in body["worklogs"]
        ],
        Kind.PERSON: [row for body in exchanges("users") for row in body],
        Kind.CONTAINER: [row for body in exchanges("projects") for row in body["values"]],
    }.items():
        for payload in payloads:
            assert reader.read(kind, payload).remote_id
            read[kind] += 1
    assert all(read[kind] for kind in (Kind.ISSUE, Kind.COMMENT, Kind.WORK_LOG, Kind.PERSON, Kind.CONTAINER))


def test_boards_and_sprints_of_a_public_site_can_be_read() -> None:
    reader = Reader("https://acme.atlassian.net", field_map((), {}))
    folder = DATA / "go-jira"
    for sprint in json.loads((folder / "sprints.json").read_text())["values"]:
        assert reader.read(Kind.ITERATION, sprint).title
    configuration = json.loads((folder / "board_configuration.json").read_text())
    board: Any = reader.read(Kind.CONTAINER, {**configuration, "configuration": configuration})
    assert len(board.columns) == len(configuration["columnConfig"]["columns"])
    for project in json.loads((folder / "all_projects.json").read_text()):
        assert reader.read(Kind.CONTAINER, project).key == project["key"]


def test_the_catalogue_of_a_site_with_many_fields_holds_names_that_fit_several() -> None:
    fields = parse_catalogue(json.loads((DATA / "bitovi-cloud-v3" / "fields.json").read_text()))
    found = field_map(fields, {})
    assert (found.sprint, found.estimate) == (
        ("customfield_10020",),
        ("customfield_10034", "customfield_10016"),
    )
    assert (found.epic, found.start_on) == (
        ("customfield_10014", "customfield_10018"),
        ("customfield_10015",),
    )
