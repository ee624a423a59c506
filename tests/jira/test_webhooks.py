"""Webhooks: what they hint at, and whether they are Jira's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.jira.lab import SHARED

from syncline.model import Kind
from syncline_connectors.jira.webhooks import Hint, hints, verify

SAMPLES = SHARED / "data" / "jira" / "webhooks-mattermost"
SECRET, BODY = "It's a Secret to Everybody", b"Hello World!"
SIGNATURE = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"


class TestVerify:
    def test_j104_the_published_example(self) -> None:
        assert verify(SECRET, BODY, SIGNATURE)

    @pytest.mark.parametrize(
        "header", [None, "", SIGNATURE[7:], SIGNATURE.upper(), SIGNATURE[:-1], "sha1=00", "sha256=é\udcff"]
    )
    def test_anything_else_is_refused(self, header: str | None) -> None:
        assert not verify(SECRET, BODY, header)

    @given(st.text(min_size=1), st.binary(), st.binary())
    def test_another_body_or_secret_is_refused(self, secret: str, body: bytes, other: bytes) -> None:
        if body != other:
            assert not verify(SECRET, other, SIGNATURE) or other == BODY
        assert verify(secret, body, SIGNATURE) == (secret == SECRET and body == BODY)


def about(event: str, **parts: Any) -> list[Hint]:
    return list(hints({"webhookEvent": event, **parts}))


class TestHints:
    @pytest.mark.parametrize("event", ["created", "updated", "deleted"])
    def test_an_issue(self, event: str) -> None:
        found = about(f"jira:issue_{event}", issue={"id": "10002", "fields": {}}, comment={"id": "5"})
        assert found == [Hint(Kind.ISSUE, "10002")]

    def test_a_comment_leads_to_its_issue(self) -> None:
        issue = [Hint(Kind.ISSUE, "10002")]
        self_ = "https://jira.example.com/rest/api/2/issue/10002/comment/5"
        assert about("comment_updated", comment={"id": "5"}, issue={"id": "10002"}) == issue
        assert about("comment_created", comment={"id": "5", "self": self_}) == issue
        assert about("comment_deleted", comment={"id": "5"}) == [Hint(Kind.COMMENT, "5")]
        assert about("comment_deleted") == []

    def test_a_work_log_leads_to_its_issue(self) -> None:
        assert about("worklog_updated", worklog={"id": "7", "issueId": "10002"}) == [
            Hint(Kind.ISSUE, "10002")
        ]
        assert about("worklog_deleted", worklog={"id": "7"}) == [Hint(Kind.WORK_LOG, "7")]

    def test_a_link_leads_to_both_ends_once(self) -> None:
        link = {"id": 9, "sourceIssueId": 10001, "destinationIssueId": 10002}
        assert about("issuelink_created", issueLink=link) == [
            Hint(Kind.ISSUE, "10001"),
            Hint(Kind.ISSUE, "10002"),
        ]
        assert len(about("issuelink_deleted", issueLink={**link, "destinationIssueId": 10001})) == 1

    @pytest.mark.parametrize(
        ("event", "part", "value", "expected"),
        [
            ("sprint_closed", "sprint", {"id": 4}, Hint(Kind.ITERATION, "4")),
            ("board_updated", "board", {"id": 4}, Hint(Kind.CONTAINER, "board-4")),
            ("jira:version_released", "version", {"id": "4"}, Hint(Kind.RELEASE, "4")),
            ("project_updated", "project", {"id": 4}, Hint(Kind.CONTAINER, "4")),
            ("attachment_created", "attachment", {"id": "4"}, Hint(Kind.ATTACHMENT, "4")),
            ("user_updated", "user", {"accountId": "5b10"}, Hint(Kind.PERSON, "5b10")),
            ("user_updated", "user", {"key": "JIRAUSER1", "name": "ada"}, Hint(Kind.PERSON, "JIRAUSER1")),
        ],
    )
    def test_the_other_things(self, event: str, part: str, value: dict[str, Any], expected: Hint) -> None:
        assert about(event, **{part: value}) == [expected]

    @pytest.mark.parametrize("event", ["option_voting_changed", "jira:", "issue", "", None, 7])
    def test_an_event_that_is_not_known_hints_at_nothing(self, event: Any) -> None:
        assert hints({"webhookEvent": event, "issue": {"id": "1"}}) == ()

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff", b"[" * 100_000])
    def test_what_is_no_webhook_is_said_once(self, body: bytes) -> None:
        with pytest.raises(ValueError, match=r"^webhook: the body is not"):
            hints(body)

    @given(
        st.sampled_from(["jira:issue_updated", "comment_created", "worklog_created", "user_created"]),
        st.dictionaries(
            st.sampled_from(["issue", "comment", "worklog", "user"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(),
                lambda x: st.dictionaries(st.sampled_from(["id", "self", "key", "issueId"]), x),
            ),
        ),
    )
    def test_nonsense_inside_an_event_hints_at_nothing_or_at_an_id(
        self, event: str, parts: dict[str, Any]
    ) -> None:
        assert all(hint.remote_id for hint in hints(json.dumps({"webhookEvent": event, **parts})))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real webhooks are not at hand")
class TestReal:
    def test_every_one_leads_to_its_issue(self) -> None:
        files = sorted(SAMPLES.glob("*.json"))
        assert len(files) == 55
        for file in files:
            assert [hint.kind for hint in hints(file.read_bytes())] == [Kind.ISSUE], file.name

    @pytest.mark.parametrize("file", sorted(SAMPLES.glob("*.json")), ids=lambda file: file.stem)
    def test_the_issue_is_the_right_one(self, file: Path) -> None:
        body = json.loads(file.read_text())
        (hint,) = hints(body)
        expected = body["issue"]["id"] if "issue" in body else body["comment"]["self"].split("/")[-3]
        assert hint.remote_id == expected
