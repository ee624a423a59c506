"""What a webhook says, and whether it is Linear's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.linear.lab import World, fetched, ref_of
from tests.simulator.linear import DATA, needs_data

from syncline.connector import Archived
from syncline.model import Kind
from syncline_connectors.linear import Linear
from syncline_connectors.linear.webhooks import OF_ISSUES, OWN, Hint, delivery, hints, verify

SECRET = "whsec_test"
BODY = b'{"action":"create","type":"Issue","webhookTimestamp":1700000000000}'
SIGNATURE = "e712d540a444e35999ad2b7c1beed58e02de06cea125d65a521982812225e441"
"""Of that body under that secret, computed apart from this code."""


def test_l26_the_signature_is_hexadecimal_without_a_prefix_over_the_raw_body() -> None:
    assert verify(SECRET, BODY, SIGNATURE)
    assert not verify(SECRET, BODY + b" ", SIGNATURE)
    assert not verify("other", BODY, SIGNATURE)
    assert not verify(SECRET, BODY, f"sha256={SIGNATURE}")
    assert not verify(SECRET, BODY, SIGNATURE.upper())
    for odd in (None, "", "ü", "\udcff"):
        assert not verify(SECRET, BODY, odd)


def test_l28_and_l35_a_delivery_is_accepted_however_late_it_comes_again() -> None:
    """Retries after a minute, an hour and six hours are the same bytes: their time says nothing of a replay."""
    assert verify(SECRET, BODY, SIGNATURE), "its time is years ago"


def test_l27_and_l29_deliveries_are_told_apart_by_their_id_alone() -> None:
    """The same when it is sent again, and another one within the same millisecond."""
    assert delivery({"Linear-Delivery": "d1", "Linear-Event": "Issue"}) == "d1"
    assert delivery({"linear-delivery": "d2"}) == "d2"
    assert delivery({"linear-delivery": ""}) is None
    assert delivery({}) is None


@pytest.mark.parametrize(
    ("type_", "data", "wanted"),
    [
        ("Issue", {"id": "i1"}, [Hint(Kind.ISSUE, "i1")]),
        ("Comment", {"id": "k1", "issueId": "i1"}, [Hint(Kind.ISSUE, "i1")]),
        ("Comment", {"id": "k1", "issue": {"id": "i1"}}, [Hint(Kind.ISSUE, "i1")]),
        ("Comment", {"id": "k1", "projectUpdateId": "x"}, [Hint(Kind.COMMENT, "k1")]),
        ("Attachment", {"id": "a1", "issueId": "i1"}, [Hint(Kind.ISSUE, "i1")]),
        (
            "IssueRelation",
            {"id": "r1", "issueId": "i1", "relatedIssueId": "i2"},
            [Hint(Kind.ISSUE, "i1"), Hint(Kind.ISSUE, "i2")],
        ),
        ("ProjectUpdate", {"id": "u1"}, [Hint(Kind.NOTE, "u1")]),
        ("Initiative", {"id": "n1"}, [Hint(Kind.PROJECT, "n1")]),
        ("Cycle", {"id": "c1"}, [Hint(Kind.ITERATION, "c1")]),
        ("Reaction", {"id": "x"}, []),
        ("Issue", {}, []),
        ("Issue", None, []),
        (None, {"id": "i1"}, []),
    ],
)
def test_l25_what_each_type_is_about(type_: object, data: object, wanted: list[Hint]) -> None:
    for action in ("create", "update", "remove"):
        assert list(hints({"action": action, "type": type_, "data": data})) == wanted


def test_l30_a_removal_is_a_hint_to_look_for_an_archiving_looks_alike(
    connect: Callable[..., Linear], world: World
) -> None:
    issue = world.issue("archived", state="Done")
    world.site.archive(issue, by=world.ada)
    (hint,) = hints({"action": "remove", "type": "Issue", "data": {"id": issue.id}})
    linear = connect()
    (answer,) = linear.fetch([ref_of(linear, hint.remote_id, hint.kind)])
    assert isinstance(answer, Archived), "not deleted"
    world.site.unarchive(issue)
    assert fetched(connect(), issue.id).records


@needs_data
def test_recorded_webhooks_lead_to_their_issues_and_updates() -> None:
    found = {
        path.stem: list(hints(path.read_bytes()))
        for path in sorted((DATA / "webhooks-hill-charts").glob("*.json"))
    }
    assert len(found) == 8
    for name, told in found.items():
        wanted = Kind.NOTE if "ProjectUpdate" in name else Kind.ISSUE
        assert [hint.kind for hint in told] == [wanted], name
    body = json.loads((DATA / "webhooks-hill-charts" / "linearCommentCreated.json").read_bytes())
    assert found["linearCommentCreated"][0].remote_id == body["data"]["issueId"]


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["type", "data", "id", "issueId", "issue"]), inner, max_size=5)
        ),
    ),
    st.sampled_from([*OWN, *OF_ISSUES]),
)
def test_no_body_raises_anything_but_valueerror(payload: Any, type_: str) -> None:
    for body in (json.dumps(payload), json.dumps({"type": type_, "data": payload}), "{", b"\xff"):
        try:
            found = hints(body)
        except ValueError:
            continue
        assert all(isinstance(hint, Hint) and hint.remote_id for hint in found)
