"""What Jira's payloads mean."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.jira.lab import Wire, pull, records
from tests.jira.payloads import CATALOGUE, MIA, comment, doc, issue

from syncline.config.connection import FieldCopy
from syncline.model import Kind, Priority, Refinement, RelationType, StatusCategory, TextFormat, Visibility
from syncline.sim.app import SimRequest, SimResponse
from syncline_connectors.jira import Jira
from syncline_connectors.jira.children import PAGED, families, ride
from syncline_connectors.jira.fields import field_map
from syncline_connectors.jira.reading import KINDS, Reader
from syncline_connectors.jira.simulator import CustomField, JiraSimulator
from syncline_connectors.jira.sprints import legacy
from syncline_connectors.jira.translate import CANCELED_RESOLUTIONS, PRIORITIES, epic_key
from syncline_connectors.jira.values import instant

Connect = Callable[..., Jira]
SITE = "https://acme.atlassian.net"
SEVERITY = FieldCopy(field="Severity", values={"s1": ("1 - Critical", "Blocker"), "s2": ("2 - Major",)})
READER = Reader(SITE, field_map(CATALOGUE, {"severity": SEVERITY, "reach": FieldCopy(field="customfield_9")}))


def read(**fields: Any) -> Any:
    return READER.read(Kind.ISSUE, issue(**fields))


def status(key: str, name: str = "X") -> dict[str, Any]:
    return {"id": "1", "name": name, "statusCategory": {"key": key}}


class TestIssue:
    def test_everything_common_is_read(self) -> None:
        found = read(
            duedate="2026-12-01",
            resolutiondate="2026-11-22T10:00:00.000+0000",
            fixVersions=[{"id": "1", "name": "1.0"}],
            versions=[{"id": "2", "name": "0.9"}],
            components=[{"id": "5", "name": "Login"}],
            customfield_1=[{"id": 7, "name": "S7", "state": "active", "boardId": 1}],
            customfield_3=5,
            customfield_5=[{"id": "1", "value": "Impediment"}],
            customfield_6="2026-11-01",
            customfield_7={"id": "3", "value": "blocker"},
            customfield_9="many",
            parent={"id": "10001", "key": "ENG-0", "fields": {"summary": "Epic"}},
        )
        assert (found.remote_id, found.key, found.url) == ("10002", "ENG-1", f"{SITE}/browse/ENG-1")
        assert (found.title, found.type, found.level) == ("Login fails", "Bug", 0)
        assert (found.status.id, found.status.name, found.status.category) == (
            "3",
            "In Progress",
            "in_progress",
        )
        assert (found.priority, found.priority_name) == (Priority.HIGH, "High")
        assert (found.assignees, found.reporter) == (("712020:mia",), "712020:mia")
        assert (found.labels, found.components) == (("a", "b"), ("Login",))
        assert (found.container, found.parent) == ("10000", "10001")
        assert (found.due_on, found.start_on) == (date(2026, 12, 1), date(2026, 11, 1))
        assert (found.releases, found.affects, found.iterations) == (("1",), ("2",), ("7",))
        assert (found.estimate, found.flagged) == (5.0, True)
        assert found.fields == {"severity": "s1", "reach": "many"}
        assert found.updated_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
        assert found.resolved_at == datetime(2026, 11, 22, 10, tzinfo=UTC)

    def test_an_issue_with_nothing_in_it(self) -> None:
        bare = READER.read(Kind.ISSUE, {"id": 5, "fields": {"status": {"name": "Open"}}})
        assert (bare.remote_id, bare.key, bare.url, bare.title) == ("5", None, None, None)

    def test_nulls_everywhere_but_in_the_status(self) -> None:
        nothing = dict.fromkeys(
            set(issue()["fields"]) - {"status"} | {"customfield_1", "customfield_3", "parent"}
        )
        found = read(**nothing)
        assert (found.assignees, found.labels, found.priority) == ((), (), Priority.NONE)

    def test_a_restricted_issue_is_private(self) -> None:
        assert read(security={"id": "1", "name": "Staff"}).visibility is Visibility.PRIVATE
        assert read().visibility is Visibility.TEAM

    def test_j38_rich_text_is_adf_and_a_string_is_wiki(self) -> None:
        body = read(description=doc("é")).body
        assert body.format is TextFormat.ADF
        assert json.loads(body.source) == doc("é")
        assert read(description="h1. Old").body.format is TextFormat.WIKI
        assert read(description=None).body is None

    def test_a_body_nested_as_deep_as_the_vendor_allows(self) -> None:
        body: dict[str, Any] = {"type": "paragraph", "content": []}
        for _ in range(400):
            body = {"type": "listItem", "content": [body]}
        found = read(description={"type": "doc", "version": 1, "content": [body]})
        assert found.body.source.count("listItem") == 400


class TestStatus:
    @pytest.mark.parametrize(
        ("key", "category"),
        [("new", "todo"), ("indeterminate", "in_progress"), ("done", "done"), ("undefined", "todo")],
    )
    def test_the_vendors_category(self, key: str, category: str) -> None:
        assert read(status=status(key)).status.category == category

    @pytest.mark.parametrize("key", ["in-flight", "completed", None, 3])
    def test_j42_an_unknown_category_is_todo(self, key: Any) -> None:
        assert read(status=status(key)).status.category is StatusCategory.TODO

    @pytest.mark.parametrize("resolution", sorted(CANCELED_RESOLUTIONS))
    def test_j43_done_with_such_a_resolution_is_canceled(self, resolution: str) -> None:
        found = read(status=status("done"), resolution={"name": resolution.title()}).status
        wanted = Refinement.DUPLICATE if resolution == "duplicate" else None
        assert (found.category, found.refinement) == (StatusCategory.CANCELED, wanted)

    def test_j43_a_curly_apostrophe_is_one_too(self) -> None:
        assert read(status=status("done"), resolution={"name": "Won’t Do"}).status.category == "canceled"

    @pytest.mark.parametrize("name", ["Done", "Fixed", "Implemented"])
    def test_j43_any_other_resolution_is_done(self, name: str) -> None:
        found = read(status=status("done"), resolution={"name": name})
        assert (found.status.category, found.resolution) == (StatusCategory.DONE, name)

    def test_j43_a_resolution_on_open_work_cancels_nothing(self) -> None:
        assert read(resolution={"name": "Won't Do"}).status.category is StatusCategory.IN_PROGRESS

    def test_an_issue_without_a_status_cannot_be_read(self) -> None:
        with pytest.raises(ValueError, match=r"fields\.status"):
            read(status=None)
        with pytest.raises(ValueError, match=r"fields\.status\.name: missing"):
            read(status={"id": "1"})


class TestPriority:
    @pytest.mark.parametrize(
        ("name", "priority"),
        [("Highest", "urgent"), ("High", "high"), ("Medium", "medium"), ("Low", "low"), ("Lowest", "low")],
    )
    def test_j44_five_names_become_four_and_the_name_is_kept(self, name: str, priority: str) -> None:
        found = read(priority={"id": "1", "name": name})
        assert (found.priority, found.priority_name) == (priority, name)

    def test_j44_every_published_name_is_read_in_any_case(self) -> None:
        for name, priority in PRIORITIES.items():
            assert read(priority={"name": name.upper()}).priority is priority

    def test_j44_an_unknown_name_is_none_and_kept(self) -> None:
        found = read(priority={"name": "Whenever"})
        assert (found.priority, found.priority_name) == (Priority.NONE, "Whenever")


class TestHierarchy:
    @pytest.mark.parametrize("level", [-1, 0, 1, 2])
    def test_j45_the_vendors_level(self, level: int) -> None:
        assert read(issuetype={"name": "X", "hierarchyLevel": level}).level == level

    @pytest.mark.parametrize(
        ("kind", "level"),
        [
            ({"name": "Sub-task", "subtask": True}, -1),
            ({"name": "Epic", "subtask": False}, 1),
            ({"name": "Bug"}, 0),
        ],
    )
    def test_j45_payloads_without_levels(self, kind: dict[str, Any], level: int) -> None:
        assert read(issuetype=kind).level == level

    def test_j45_the_epic_as_an_object(self) -> None:
        assert read(epic={"id": 37, "key": "ENG-9"}).parent == "37"
        assert read(epic={"id": 37}, parent={"id": "40"}).parent == "40"

    @pytest.mark.parametrize("seen", [True, False])
    def test_j45_the_epic_as_a_link_is_looked_up_by_its_key(
        self, site: JiraSimulator, connect: Connect, wire: Wire, seen: bool
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        other = site.add_project("ROAD")
        epic = site.create_issue(project if seen else other, "Epic", type="Epic")
        stories = [site.create_issue(project, f"Story {n}") for n in range(3)]

        def linked(request: SimRequest, answer: SimResponse) -> SimResponse:
            if not request.path.endswith("/search/jql"):
                return answer
            content = answer.json()
            for entry in content["issues"]:
                if entry["key"] != epic.key:
                    entry["fields"] |= {"parent": None, CustomField.EPIC_LINK: epic.key}
            return SimResponse.of_json(content)

        wire.after = linked
        pages = pull(connect(projects=("ENG",), streams=("issues",)))
        found = records(pages)
        assert {found[str(story.id)].parent for story in stories} == {str(epic.id)}
        assert len([path for path in wire.paths() if path.endswith("issue/bulkfetch")]) == (0 if seen else 1)
        again = {item.record.remote_id: item for page in pages for item in page.records}
        for number, item in again.items():
            jira = connect(projects=("ENG",), streams=("issues",))
            jira.check()
            assert jira.translate(Kind.ISSUE, item.payload) == found[number]

    def test_j45_an_epic_out_of_sight_leaves_the_parent_open(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        site.create_issue(project, "Story", fields={CustomField.EPIC_LINK: "GONE-1"})
        (story,) = records(pull(connect())).values()
        assert story.parent is None

    def test_the_parent_link_of_advanced_roadmaps(self) -> None:
        links = READER.fields.epic
        value = {"hasEpicLinkFieldDependency": False, "data": {"id": 10277, "key": "IMP-143"}}
        assert epic_key({"customfield_8": value}, links) == "IMP-143"
        assert epic_key({"customfield_8": {"showField": False}}, links) is None
        assert epic_key({"customfield_2": "PMT-7", "customfield_8": value}, links) == "PMT-7"


class TestSprints:
    LEGACY = (
        "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=41,rapidViewId=2,state=CLOSED,"
        "name=Sprint 4, the [long] one,startDate=2026-01-05T09:00:00.000Z,endDate=<null>,completeDate=,goal=]"
    )

    def test_sprints_as_text(self) -> None:
        assert read(customfield_1=[self.LEGACY, self.LEGACY.replace("id=41", "id=42")]).iterations == (
            "41",
            "42",
        )

    def test_sprints_of_the_agile_api(self) -> None:
        found = read(sprint={"id": 3, "name": "now"}, closedSprints=[{"id": 1}, {"id": 2}])
        assert found.iterations == ("3", "1", "2")

    def test_a_sprint_as_text_can_stand_for_itself(self) -> None:
        found: Any = READER.read(Kind.ITERATION, legacy(self.LEGACY, "x"))
        assert (found.title, found.state, found.container) == (
            "Sprint 4, the [long] one",
            "closed",
            "board-2",
        )
        assert (found.start_at, found.end_at) == (datetime(2026, 1, 5, 9, tzinfo=UTC), None)

    @pytest.mark.parametrize("old", [True, False])
    def test_sprints_an_issue_mentions_are_introduced(
        self, site: JiraSimulator, connect: Connect, old: bool
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        sprint = site.add_sprint(site.add_board(project), "Sprint, one", state="active")
        site.old_sprints = old
        site.create_issue(project, "one", fields={CustomField.SPRINT: [sprint]})
        pages = pull(connect())
        assert [r.iterations for r in records(pages).values()] == [("1",)]
        stubs = [item.record for page in pages for item in page.stubs if item.record.kind is Kind.ITERATION]
        assert [(stub.remote_id, stub.title) for stub in stubs] == [("1", "Sprint, one")]

    def test_nonsense_is_not_a_sprint(self) -> None:
        for value in (["Sprint 4"], [7], "Sprint", [{"name": "no id"}]):
            with pytest.raises(ValueError, match="customfield_1"):
                read(customfield_1=value)


class TestTimes:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-11-22T10:00:00.000+0100",
            "2026-11-22T10:00:00+0100",
            "2026-11-22T09:00:00Z",
            "2026-11-22T09:00:00.000Z",
            "2026-11-22T12:30:00.000+03:30",
        ],
    )
    def test_j48_every_way_of_writing_one_moment(self, text: str) -> None:
        assert instant(text, "x") == datetime(2026, 11, 22, 9, tzinfo=UTC)

    @pytest.mark.parametrize(
        "value", ["2026-11-22T10:00:00", "now", "", True, [], 1e30, "0001-01-01T00:00+14:00"]
    )
    def test_j48_what_is_not_a_time_is_refused(self, value: Any) -> None:
        with pytest.raises(ValueError, match="x: "):
            instant(value, "x")

    @given(
        st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001
        st.integers(-14 * 60, 14 * 60),
        st.sampled_from(["milliseconds", "seconds"]),
        st.booleans(),
    )
    def test_j48_any_offset_any_precision(
        self, moment: datetime, offset: int, precision: str, colon: bool
    ) -> None:
        zone = timezone(timedelta(minutes=offset))
        local = moment.replace(tzinfo=zone)
        text = local.isoformat(timespec=precision)
        if not colon:
            text = text[:-3] + text[-2:]
        found = instant(text, "x")
        assert found is not None
        assert found.tzinfo is UTC
        assert abs(found - local) < timedelta(seconds=1)

    @given(
        st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    )
    def test_epoch_seconds_and_milliseconds_are_told_apart(self, moment: datetime) -> None:
        whole = moment.replace(microsecond=0)
        seconds = int(whole.timestamp())
        assert instant(seconds, "x") == instant(seconds * 1000, "x") == whole


class TestComments:
    @pytest.mark.parametrize(
        ("service", "keys", "visibility"),
        [
            (False, {"jsdPublic": True}, "team"),
            (False, {"jsdPublic": False}, "team"),
            (True, {"jsdPublic": True}, "customer"),
            (True, {"jsdPublic": False}, "team"),
            (True, {"jsdPublic": None}, "team"),
            (True, {"properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}, "team"),
            (True, {"properties": [{"key": "sd.public.comment", "value": {"internal": False}}]}, "customer"),
            (True, {"visibility": {"type": "role", "value": "Administrators"}}, "private"),
            (False, {"visibility": {"type": "group", "value": "staff"}}, "private"),
        ],
    )
    def test_j39_who_may_read_a_comment(self, service: bool, keys: dict[str, Any], visibility: str) -> None:
        owner = {"id": "10002", "key": "ENG-1", "service": service}
        found: Any = READER.read(Kind.COMMENT, comment(**{"_issue": owner, **keys}))
        assert found.visibility == visibility

    def test_j39_only_service_projects_have_public_comments(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        desk = site.add_project("SUP", type_key="service_desk")
        request = site.create_issue(desk, "Help")
        site.comment(request, "public")
        site.comment(request, "internal", public=False)
        found = records(pull(connect()), Kind.COMMENT)
        assert [entry.visibility for entry in found.values()] == [Visibility.CUSTOMER, Visibility.TEAM]

    def test_a_comment_knows_whose_it_is(self) -> None:
        found: Any = READER.read(Kind.COMMENT, comment(body=None))
        assert (found.remote_id, found.subject, found.author) == ("500", "10002", "712020:mia")
        assert (found.url, found.body.source) == (f"{SITE}/browse/ENG-1?focusedCommentId=500", "")

    def test_j23_comments_beyond_what_the_search_shows_are_fetched(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        talk, quiet = site.create_issue(project, "talk"), site.create_issue(project, "quiet")
        for number in range(250):
            site.comment(talk, f"comment {number}")
        site.comment(quiet, "one")
        pages = pull(connect(streams=("issues", "comments")))
        found = records(pages, Kind.COMMENT)
        assert len([c for c in found.values() if c.subject == str(talk.id)]) == 250
        assert (Kind.COMMENT, str(talk.id)) in pages[0].children_complete
        assert [path for path in wire.paths() if path.endswith("/comment")] == [
            f"/rest/api/3/issue/{talk.id}/comment"
        ] * 3

    def test_j24_a_list_is_whole_so_that_deleted_comments_are_noticed(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        talk = site.create_issue(project, "talk")
        first, _ = site.comment(talk, "one"), site.comment(talk, "two")
        site.delete_comment(talk, first)
        (page,) = pull(connect(streams=("issues", "comments")))
        assert [c.body.source for c in records([page], Kind.COMMENT).values()] == [
            json.dumps(doc("two"), separators=(",", ":"))
        ]
        assert (Kind.COMMENT, str(talk.id)) in page.children_complete

    def test_an_issue_that_vanishes_while_its_comments_are_fetched_says_nothing_of_them(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        talk = site.create_issue(project, "talk")
        for number in range(30):
            site.comment(talk, f"comment {number}")
        gone = SimResponse.of_json({"errorMessages": ["no"], "errors": {}}, 404)
        wire.before = lambda request: gone if request.path.endswith("/comment") else None
        (page,) = pull(connect(streams=("issues", "comments")))
        assert not records([page], Kind.COMMENT)
        assert (Kind.COMMENT, str(talk.id)) not in page.children_complete

    def test_a_comment_that_makes_no_sense_leaves_the_list_open(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        talk = site.create_issue(project, "talk")
        site.comment(talk, "one"), site.comment(talk, "two")

        def poison(request: SimRequest, answer: SimResponse) -> SimResponse:
            content = answer.json()
            if request.path.endswith("/search/jql"):
                content["issues"][0]["fields"]["comment"]["comments"][0]["body"] = 5
            return SimResponse.of_json(content)

        wire.after = poison
        (page,) = pull(connect(streams=("issues", "comments")))
        assert len(records([page], Kind.COMMENT)) == 1
        assert [(q.kind, q.reason) for q in page.quarantined] == [
            (Kind.COMMENT, "body: expected an object, found int")
        ]
        assert (Kind.COMMENT, str(talk.id)) not in page.children_complete


class TestOtherChildren:
    def test_work_logs(self, site: JiraSimulator, connect: Connect) -> None:
        project = site.find_project("ENG")
        assert project is not None
        task = site.create_issue(project, "work")
        for number in range(30):
            site.worklog(task, 60 * number, comment="did it")
        pages = pull(connect(streams=("issues", "worklogs")))
        found = records(pages, Kind.WORK_LOG)
        assert sorted(entry.seconds for entry in found.values()) == [60 * number for number in range(30)]
        assert {entry.subject for entry in found.values()} == {str(task.id)}
        assert (Kind.WORK_LOG, str(task.id)) in pages[0].children_complete
        assert (Kind.COMMENT, str(task.id)) not in pages[0].children_complete

    @pytest.mark.parametrize(
        ("name", "relation"),
        [("Blocks", "blocks"), ("Duplicate", "duplicates"), ("Cloners", "clones"), ("Relates", "relates")],
    )
    def test_j40_a_link_reads_the_same_from_both_ends(
        self, site: JiraSimulator, connect: Connect, name: str, relation: str
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        one, two = site.create_issue(project, "one"), site.create_issue(project, "two")
        site.link(one, name, two)
        pages = pull(connect())
        readings = [item for page in pages for item in page.records if item.record.kind is Kind.RELATION]
        assert len(readings) == 2
        assert readings[0] == readings[1]
        found: Any = readings[0].record
        assert (found.subject, found.target, found.type) == (str(one.id), str(two.id), relation)
        assert found.native_name == name

    def test_j40_a_type_of_the_companys_own_relates_and_keeps_its_name(self) -> None:
        link = {"id": "1", "type": {"name": "Tests", "outward": "tests"}, "outwardIssue": {"id": "2"}}
        found: Any = READER.read(Kind.RELATION, ride(Kind.RELATION, link, {"id": "1"}))
        assert (found.type, found.native_name) == (RelationType.RELATES, "Tests")

    def test_attachments_are_known_by_name_and_size(self) -> None:
        row = {"id": "9", "filename": "log.txt", "mimeType": "text/plain", "size": 12, "author": MIA}
        owner = {"id": "10002", "key": "ENG-1"}
        found: Any = READER.read(Kind.ATTACHMENT, ride(Kind.ATTACHMENT, row, owner))
        assert (found.title, found.mime_type, found.size, found.subject) == (
            "log.txt",
            "text/plain",
            12,
            "10002",
        )
        assert found.url == f"{SITE}/rest/api/3/attachment/content/9"

    def test_a_list_that_is_not_there_is_not_an_empty_one(self) -> None:
        kinds = frozenset(PAGED)
        assert families({}, kinds) == []
        assert [
            f.kind for f in families({"issuelinks": [], "comment": {"comments": [], "total": 0}}, kinds)
        ] == [
            Kind.COMMENT,
            Kind.RELATION,
        ]
        (unsure,) = families({"comment": {"comments": []}}, kinds)
        assert not unsure.whole

    def test_j04_records_are_known_by_id_and_keys_are_refreshed(
        self, site: JiraSimulator, connect: Connect, clock: Any
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        moved = site.create_issue(project, "one")
        before = records(pull(connect()))
        site.move(moved, site.add_project("WEB"))
        after = records(pull(connect()))
        assert before.keys() == after.keys() == {str(moved.id)}
        assert [r.key for r in (*before.values(), *after.values())] == ["ENG-1", "WEB-1"]

    def test_the_stored_payload_keeps_everything_but_what_has_records_of_its_own(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        site.comment(site.create_issue(project, "one"), "hello")
        (page,) = pull(connect(streams=("issues", "comments")))
        stored = page.records[0].payload
        assert not {"comment", "worklog", "issuelinks", "attachment"} & stored["fields"].keys()
        assert {"summary", "votes", "customfield_10019"} <= stored["fields"].keys()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)

WHOLE = {
    Kind.ISSUE: issue(
        customfield_1=[{"id": 1, "state": "active"}, TestSprints.LEGACY],
        customfield_3=1,
        customfield_7={"value": "x", "child": {"value": "y"}},
        parent={"id": "1"},
        epic={"id": 3},
        fixVersions=[{"id": "1"}],
        components=[{"name": "c"}],
        resolution={"name": "Done"},
        duedate="2026-01-01",
    ),
    Kind.COMMENT: comment(properties=[{"key": "sd.public.comment", "value": {"internal": True}}]),
    Kind.WORK_LOG: {
        **comment(),
        "comment": doc("x"),
        "timeSpentSeconds": 5,
        "started": "2026-01-01T00:00:00Z",
    },
    Kind.RELATION: {
        "id": "1",
        "type": {"name": "Blocks"},
        "inwardIssue": {"id": "1"},
        "outwardIssue": {"id": "2"},
    },
    Kind.ATTACHMENT: {**comment(), "filename": "a", "size": 4, "mimeType": "b"},
    Kind.PERSON: MIA,
    Kind.CONTAINER: {
        "id": 1,
        "name": "B",
        "type": "scrum",
        "location": {"projectId": 4},
        "configuration": {"columnConfig": {"columns": [{"name": "A", "statuses": [{"id": "1"}]}]}},
    },
    Kind.ITERATION: {
        "id": 1,
        "name": "S",
        "state": "active",
        "startDate": "2026-01-01T00:00:00Z",
        "originBoardId": 1,
    },
    Kind.RELEASE: {"id": "1", "name": "1.0", "projectId": 1, "releaseDate": "2026-01-01", "released": True},
}


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a payload."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(found for key, value in inner for found in paths(value, (*path, key)))]


class TestAnything:
    def test_every_kind_has_an_example(self) -> None:
        assert set(WHOLE) == KINDS
        for kind, payload in WHOLE.items():
            READER.read(kind, payload)

    @given(st.data(), st.sampled_from(sorted(KINDS)), JSON)
    def test_a_mutated_payload_is_read_or_refused_with_value_error(
        self, data: st.DataObject, kind: Kind, value: Any
    ) -> None:
        payload = copy.deepcopy(WHOLE[kind])
        path = data.draw(st.sampled_from(paths(payload)[1:]))
        node = payload
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value
        try:
            READER.read(kind, payload)
        except ValueError as error:
            assert "\n" not in str(error)  # noqa: PT017 - any other exception fails the test

    def test_an_unknown_kind_is_refused(self) -> None:
        with pytest.raises(ValueError, match="Jira has no"):
            READER.read(Kind.TICKET, {})
