"""What a page is made of: whom it introduces, and where it says that something is wrong."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.jira.payloads import CATALOGUE, MIA, comment, doc, issue

from syncline.model import Kind, Sourced
from syncline_connectors.jira.api import Api
from syncline_connectors.jira.assemble import Assembler
from syncline_connectors.jira.children import PAGED
from syncline_connectors.jira.fields import field_map
from syncline_connectors.jira.reading import Reader
from syncline_connectors.jira.translate import native_status

READER = Reader("https://acme.atlassian.net", field_map(CATALOGUE, {}))
NO_REQUESTS = cast(Api, None)
CHILDREN = frozenset({*PAGED, Kind.RELATION, Kind.ATTACHMENT})


def assembler() -> Assembler:
    return Assembler(NO_REQUESTS, READER, frozenset(PAGED))


# ---- whom a page introduces ------------------------------------------------------------------------------------------


def users() -> st.SearchStrategy[Any]:
    known = st.sampled_from("abcd")
    cloud = known.map(lambda name: {"accountId": name, "displayName": name})
    server = known.map(lambda name: {"key": name, "name": f"{name}-name"})
    return st.none() | cloud | server | st.sampled_from([{}, {"accountId": 5}, {"accountId": True}])


def sprint(number: int) -> dict[str, Any]:
    return {"id": number, "name": f"S{number}", "state": "active" if number else "unheard-of"}


def version(number: int) -> dict[str, Any]:
    return {"id": str(number), "name": f"v{number}"}


SPRINTS = st.integers(0, 3).map(sprint)
VERSIONS = st.none() | st.lists(st.integers(0, 3).map(version), max_size=2)
COMMENTS = st.builds(comment, author=users(), updateAuthor=users())


@st.composite
def issues(draw: st.DrawFn) -> dict[str, Any]:
    comments = draw(st.lists(COMMENTS, max_size=2))
    return issue(
        assignee=draw(users().filter(is_readable)),
        reporter=draw(users().filter(is_readable)),
        creator=draw(users()),
        customfield_1=draw(st.none() | st.lists(SPRINTS, max_size=2)),
        sprint=draw(st.none() | SPRINTS),
        fixVersions=draw(VERSIONS),
        versions=draw(VERSIONS),
        comment={"comments": comments, "total": len(comments)},
    )


def is_readable(user: Any) -> bool:
    return user is None or user.get("accountId") is not True


def mentioned(payload: dict[str, Any], children: Sequence[Any]) -> Iterator[tuple[Kind, dict[str, Any]]]:
    """All that an issue and its comments mention, as often as they do."""
    fields = payload["fields"]
    for role in ("assignee", "reporter", "creator"):
        yield Kind.PERSON, fields[role]
    for one in (*(fields["customfield_1"] or ()), fields["sprint"]):
        yield Kind.ITERATION, one
    for one in (*(fields["fixVersions"] or ()), *(fields["versions"] or ())):
        yield Kind.RELEASE, {**one, "projectId": fields["project"]["id"]}
    for row in children:
        for role in ("author", "updateAuthor"):
            yield Kind.PERSON, row[role]


def first_mentions(pages: Sequence[Sequence[dict[str, Any]]]) -> list[Sourced]:
    """The same said slowly: read everything that is mentioned, keep each the first time."""
    found: dict[tuple[Kind, str], Sourced | None] = {}
    for payload in (payload for page in pages for payload in page):
        comments = payload["fields"]["comment"]["comments"]
        readable = [row for row in comments if all(map(is_readable, (row["author"], row["updateAuthor"])))]
        for kind, one in mentioned(payload, readable):
            try:
                record = READER.read(kind, one) if one else None
            except ValueError:
                record = None
            if record is not None:
                found.setdefault((kind, record.remote_id), Sourced(record, one))
    return [stub for stub in found.values() if stub is not None]


@given(st.lists(st.lists(issues(), max_size=3), max_size=3))
def test_whoever_is_mentioned_is_introduced_once_at_the_first_mention(pages: list[Any]) -> None:
    made = assembler()
    drafts = [made.draft(page) for page in copy.deepcopy(pages)]
    assert [stub for draft in drafts for stub in draft.stubs] == first_mentions(pages)


# ---- what is kept of an issue ----------------------------------------------------------------------------------------


@given(issues())
def test_the_answer_of_the_vendor_is_left_as_it_was(payload: dict[str, Any]) -> None:
    given_before = copy.deepcopy(payload)
    (kept, *_) = assembler().draft([payload]).records
    assert payload == given_before
    assert list(kept.payload) == list(payload)
    assert list(kept.payload["fields"]) == [name for name in payload["fields"] if name != "comment"]


# ---- where something is wrong ----------------------------------------------------------------------------------------

WHOLE = issue(
    resolution={"name": "Done"},
    resolutiondate="2026-11-22T10:00:00.000+0000",
    duedate="2026-12-01",
    fixVersions=[version(1), version(2)],
    versions=[version(3)],
    components=[{"name": "Login"}, {"name": "Cart"}],
    customfield_1=[sprint(1), sprint(2)],
    closedSprints=[sprint(3)],
    customfield_3=5,
    customfield_6="2026-11-01",
    sprint=sprint(1),
    parent={"id": "5"},
    comment={"comments": [comment(properties=[])], "total": 1},
    worklog={"worklogs": [{"id": "7", "author": MIA, "started": "2026-11-22T10:00:00.000+0000"}], "total": 1},
    attachment=[{"id": "8", "filename": "a.png", "mimeType": "image/png", "author": MIA}],
    issuelinks=[{"id": "9", "type": {"name": "Blocks"}, "outwardIssue": {"id": "10003"}}],
    description=doc("Steps"),
)
IMPOSSIBLE = st.sampled_from(
    [True, 0, 1.5, "", "x", "2026-11-22T10:00:00", [], [None], ["a"], [{}], {}, {"id": []}]
)
PLACE = re.compile(r"[\w.\[\]]*(?=: )")


def spots(node: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """``(path, container, key)`` of every value in a document."""
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, below in entries:
        where = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}".lstrip(".")
        yield where, node, key
        yield from spots(below, where)


PATHS = [
    path
    for path, _, _ in spots(WHOLE)
    if path != "id" and not path.startswith(("fields.labels", "fields.issuetype.hierarchyLevel"))
]
"""Where labels or a level are wrong, the record says it; without an id there is no issue."""
CHILD = re.compile(r"fields\.(?:comment\.comments|worklog\.worklogs|attachment|issuelinks)\[0\]\.?")
LISTS = frozenset(
    {"fields.comment.comments", "fields.worklog.worklogs", "fields.attachment", "fields.issuelinks"}
)


@given(st.sampled_from(PATHS), IMPOSSIBLE)
def test_an_error_names_the_place_of_what_is_wrong(path: str, value: Any) -> None:
    broken = json.loads(json.dumps(WHOLE))  # nothing in it stands in two places
    holder, key = next((holder, key) for where, holder, key in spots(broken) if where == path)
    holder[key] = copy.deepcopy(value)
    for item in quarantined(broken):
        place = PLACE.match(item.reason)
        assert place, item.reason
        child = CHILD.match(path) if item.kind in CHILDREN else None
        if item.kind in CHILDREN and path in LISTS:
            continue  # it tells of a row that was not there before
        assert related(place[0], path[child.end() :] if child else path), item.reason


def quarantined(payload: dict[str, Any]) -> list[Any]:
    return assembler_of_whole_lists().draft([payload]).quarantined


def assembler_of_whole_lists() -> Assembler:
    """One whose lists never need a request: the API finds nothing more."""

    class Nothing:
        def walk(self, *_: object) -> Iterator[list[Any]]:
            return iter(())

    return Assembler(cast(Api, Nothing()), READER, frozenset(PAGED))


def related(one: str, other: str) -> bool:
    """Whether one path lies on the other."""
    return one.startswith(other) or other.startswith(one)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        (
            "fixVersions",
            [version(1), {"name": "x"}],
            "fields.fixVersions[1].id: expected an id, found NoneType",
        ),
        ("versions", [None], "fields.versions[0]: expected an object, found NoneType"),
        ("components", [{"name": "a"}, {"name": 5}], "fields.components[1].name: expected text, found int"),
        ("components", {}, "fields.components: expected a list, found dict"),
        ("customfield_1", [sprint(1), "x"], "fields.customfield_1[1]: not a sprint"),
        ("customfield_1", [sprint(1), 5], "fields.customfield_1[1]: expected a sprint, found int"),
        ("closedSprints", [{}], "fields.closedSprints[0].id: expected an id, found NoneType"),
        ("sprint", {}, "fields.sprint.id: expected an id, found NoneType"),
        ("assignee", {"accountId": 1.5}, "fields.assignee.accountId: expected an id, found float"),
        (
            "status",
            {"name": "a", "statusCategory": 5},
            "fields.status.statusCategory: expected an object, found int",
        ),
        ("resolution", {"name": []}, "fields.resolution.name: expected text, found list"),
        ("comment", {"comments": {}}, "fields.comment.comments: expected a list, found dict"),
        ("updated", "2026-11-22T10:00:00", "fields.updated: not a time with a zone"),
    ],
)
def test_reasons_are_told_to_the_entry(name: str, value: Any, reason: str) -> None:
    (item,) = quarantined(issue(**{name: value}))
    assert (item.kind, item.reason) == (Kind.ISSUE, reason)


# ---- statuses are made once ------------------------------------------------------------------------------------------

STATUSES = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Done", "Erledigt"]),
        "id": st.sampled_from([None, 1, "1", 2]),
        "statusCategory": st.sampled_from(
            [None, {}, {"key": "done"}, {"key": "new"}, {"key": ["done"]}, {"key": 1}]
        ),
    }
)


@given(st.lists(st.tuples(STATUSES, st.sampled_from([None, "Done", "Duplicate", "Won’t Do"]))))
def test_statuses_that_are_made_once_are_not_confused(given_in_turn: list[Any]) -> None:
    for native, resolution in given_in_turn:
        found = native_status(native, "status", resolution)
        category = native["statusCategory"] or {}
        done = category.get("key") == "done"
        canceled = done and resolution in ("Duplicate", "Won’t Do")
        assert (found.name, found.id) == (native["name"], None if native["id"] is None else str(native["id"]))
        assert found.category == ("canceled" if canceled else "done" if done else "todo")
        assert found.refinement == ("duplicate" if canceled and resolution == "Duplicate" else None)
