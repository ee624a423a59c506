"""What Jira's changelog says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.jira.lab import Wire, pull
from tests.jira.payloads import CATALOGUE

from syncline.config.connection import FieldCopy
from syncline.connector import Cursor
from syncline.model import Event, Kind
from syncline.sim.app import SimRequest, SimResponse
from syncline_connectors.jira import Jira
from syncline_connectors.jira.fields import field_map
from syncline_connectors.jira.history import BY_ID, BY_NAME, LONGEST, NATIVE_FIELDS, HistoryReader
from syncline_connectors.jira.simulator import JiraSimulator

Connect = Callable[..., Jira]
SEVERITY = FieldCopy(field="Severity", values={"s1": ("1 - Critical",)})
READER = HistoryReader(field_map(CATALOGUE, {"severity": SEVERITY}))


def event(**item: Any) -> Event:
    renamed = {"from_": "from", "to_string": "toString", "from_string": "fromString"}
    content = {renamed.get(key, key): value for key, value in item.items()}
    history = {
        "id": "9",
        "created": "2026-11-22T10:00:00.000+0000",
        "author": {"accountId": "a"},
        "items": [content],
    }
    (found,) = READER.events("10002", history)
    return found


def told(**item: Any) -> tuple[str, str | None, str | None, str | None, str | None]:
    found = event(**item)
    return found.field, found.old, found.old_name, found.new, found.new_name


class TestServers:
    """Servers name a custom field by what people see, and give it no id."""

    @pytest.mark.parametrize(
        ("name", "common"),
        [
            ("Story Points", "estimate"),
            ("Start date", "start_on"),
            ("Severity", "severity"),
            ("Sprint", "iterations"),
            ("Epic Link", "parent"),
            ("Teams", "native:Teams"),  # two fields bear the name
            ("Mood", "native:Mood"),
        ],
    )
    def test_custom_fields_by_name(self, name: str, common: str) -> None:
        assert event(field=name, fieldtype="custom", to_string="5").field == common

    def test_only_custom_fields(self) -> None:
        assert event(field="Severity", fieldtype="jira").field == "native:Severity"

    def test_the_words_are_the_companys(self) -> None:
        assert event(field="Severity", fieldtype="custom", to_string="1 - Critical").new == "s1"


class TestItems:
    def test_a_status_speaks_in_ids_and_names(self) -> None:
        found = event(
            field="status", fieldId="status", from_="1", from_string="To Do", to="3", to_string="Doing"
        )
        assert (found.kind, found.remote_id, found.native_id, found.ordinal) == (Kind.ISSUE, "10002", "9", 0)
        assert (found.actor, found.at.isoformat()) == ("a", "2026-11-22T10:00:00+00:00")
        assert (found.field, found.old, found.old_name, found.new, found.new_name) == (
            ("status", "1", "To Do", "3", "Doing")
        )

    @pytest.mark.parametrize(
        ("field_id", "common"),
        [
            ("assignee", "assignees"),
            ("priority", "priority"),
            ("duedate", "due_on"),
            ("summary", "title"),
            ("labels", "labels"),
            ("fixVersions", "releases"),
            ("versions", "affects"),
            ("components", "components"),
            ("parent", "parent"),
            ("project", "container"),
            ("issuetype", "type"),
            ("resolution", "resolution"),
            ("customfield_1", "iterations"),
            ("customfield_3", "estimate"),
            ("customfield_4", "estimate"),
            ("customfield_5", "flagged"),
            ("customfield_6", "start_on"),
            ("customfield_19", "native:customfield_19"),
            ("security", "native:security"),
        ],
    )
    def test_fields_by_id(self, field_id: str, common: str) -> None:
        assert told(field="whatever", fieldId=field_id, to="1")[0] == common

    @pytest.mark.parametrize(
        ("name", "common"),
        [
            ("Fix Version", "releases"),
            ("Sprint", "iterations"),
            ("Epic Link", "parent"),
            ("IssueParentAssociation", "parent"),
            ("Key", "key"),
            ("Flagged", "flagged"),
            ("Link", "native:Link"),
            ("Attachment", "native:Attachment"),
            ("RemoteIssueLink", "native:RemoteIssueLink"),
            ("Workflow", "native:Workflow"),
            ("Epic Child", "native:Epic Child"),
        ],
    )
    def test_items_without_a_field_id(self, name: str, common: str) -> None:
        assert told(field=name, to_string="x")[0] == common

    def test_an_epic_link_is_the_parent_also_with_its_field_id(self) -> None:
        item = {"field": "Epic Link", "fieldId": "customfield_2", "to": "10006", "to_string": "PMT-7"}
        assert told(**item) == ("parent", None, None, "10006", "PMT-7")

    def test_sprints_are_lists(self) -> None:
        item = {
            "field": "Sprint",
            "fieldId": "customfield_1",
            "from_": "1, 2",
            "from_string": "A, B",
            "to": "",
        }
        assert told(**item) == ("iterations", "1,2", "A, B", None, None)

    def test_j49_nulls_and_empty_texts_are_the_same(self) -> None:
        item = {"field": "duedate", "fieldId": "duedate", "from_": None, "from_string": "", "to": None}
        assert told(**item, to_string=None) == ("due_on", None, None, None, None)

    def test_what_has_no_id_is_told_in_words(self) -> None:
        item = {"field": "summary", "fieldId": "summary", "from_string": "Old", "to_string": "New"}
        assert told(**item) == ("title", "Old", "Old", "New", "New")

    def test_j33_a_move_tells_the_old_key_and_the_new(self) -> None:
        assert told(field="Key", from_string="OLD-1", to_string="NEW-1") == (
            "key",
            "OLD-1",
            "OLD-1",
            "NEW-1",
            "NEW-1",
        )

    @pytest.mark.parametrize("field", ["description", "environment"])
    def test_of_long_texts_only_the_change_is_kept(self, field: str) -> None:
        assert told(field=field, fieldId=field, from_string="secret", to_string="s") == (
            field,
            None,
            None,
            None,
            None,
        )

    def test_long_values_are_cut(self) -> None:
        found = event(field="summary", fieldId="summary", to_string="x" * 1000)
        assert found.new == "x" * (LONGEST - 1) + "…"

    def test_company_fields_speak_the_companys_words(self) -> None:
        item = {"field": "Severity", "fieldId": "customfield_7", "from_": "1", "from_string": "1 - Critical"}
        assert told(**item, to="2", to_string="Odd") == ("severity", "s1", "1 - Critical", "Odd", "Odd")

    def test_anonymous_changes_have_no_actor(self) -> None:
        history = {
            "id": "9",
            "created": "2026-11-22T10:00:00Z",
            "items": [{"field": "Link"}, {"field": "labels"}],
        }
        assert [(e.actor, e.ordinal) for e in READER.events("1", history)] == [(None, 0), (None, 1)]

    def test_every_field_declared_native_can_be_told(self) -> None:
        reachable = {*BY_ID.values(), *BY_NAME.values(), "iterations", "flagged", "estimate", "start_on"}
        assert reachable >= NATIVE_FIELDS

    @given(
        st.dictionaries(
            st.sampled_from(["id", "created", "author", "items"]),
            st.none()
            | st.integers()
            | st.text()
            | st.lists(st.dictionaries(st.text(), st.integers() | st.text())),
        )
    )
    def test_nonsense_is_refused_with_value_error(self, history: dict[str, Any]) -> None:
        try:
            list(READER.events("1", history))
        except ValueError as error:
            assert str(error)  # noqa: PT017 - any other exception fails the test


class TestThroughTheConnector:
    def test_j33_a_moved_issue_keeps_its_history(self, site: JiraSimulator, connect: Connect) -> None:
        project = site.find_project("ENG")
        assert project is not None
        moved = site.create_issue(project, "one")
        site.transition(moved, "In Progress")
        site.move(moved, site.add_project("WEB"))
        pages = pull(connect(projects=("WEB",)))
        events = [(e.remote_id, e.field, e.new_name) for page in pages for e in page.events]
        number = str(moved.id)
        assert events == [
            (number, "status", "In Progress"),
            (number, "container", "WEB"),
            (number, "key", "WEB-1"),
        ]

    def test_a_poisoned_history_is_set_aside(self, site: JiraSimulator, connect: Connect, wire: Wire) -> None:
        project = site.find_project("ENG")
        assert project is not None
        one = site.create_issue(project, "one")
        site.transition(one, "In Progress")
        site.transition(one, "Done")

        def poison(request: SimRequest, answer: SimResponse) -> SimResponse:
            content = answer.json()
            if request.path.endswith("changelog/bulkfetch"):
                content["issueChangeLogs"][0]["changeHistories"][0]["created"] = "never"
            return SimResponse.of_json(content)

        wire.after = poison
        pages = pull(connect())
        assert {e.native_id for page in pages for e in page.events} == {"10001"}
        (refused,) = [q for page in pages for q in page.quarantined]
        assert (refused.remote_id, refused.reason) == (
            str(one.id),
            "changelog: history.created: not a time with a zone",
        )

    def test_history_is_not_asked_for_where_it_is_not_wanted(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        site.transition(site.create_issue(project, "one"), "Done")
        (page,) = pull(connect(streams=("issues",)), cursor=Cursor())
        assert not page.events
        assert not wire.bodies("changelog/bulkfetch")
