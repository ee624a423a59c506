"""Webhooks: whose they are, and what they hint at. None is ever data."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.model import Kind
from syncline_connectors.zendesk.webhooks import Hint, hints, verify

SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
"""The vendor's own secret for tests; it is used as it is written, though it looks like base64."""
AT, BODY = "2026-11-22T10:00:00Z", b'{"ticket_id":"1"}'
SIGNED = "5LK0OZSblFt14lMrmhe4yI3j4nC3SPhivRME4Opo+3E="


def test_z27_the_signature_covers_time_and_raw_body() -> None:
    assert verify(SECRET, AT, BODY, SIGNED)


@pytest.mark.parametrize(
    ("secret", "at", "body", "header"),
    [
        ("another", AT, BODY, SIGNED),
        (SECRET, "2026-11-22T10:00:01Z", BODY, SIGNED),
        (SECRET, None, BODY, SIGNED),
        (SECRET, AT, BODY + b" ", SIGNED),
        (SECRET, AT, BODY, None),
        (SECRET, AT, BODY, ""),
        (SECRET, AT, BODY, SIGNED.lower()),
        (SECRET, AT, BODY, "\udcff"),
    ],
)
def test_z27_anything_else_is_refused(secret: str, at: str | None, body: bytes, header: str | None) -> None:
    assert not verify(secret, at, body, header)


def test_z26_a_trigger_without_a_body_signs_its_time_alone_and_hints_at_nothing() -> None:
    from base64 import b64encode
    from hmac import new

    signed = b64encode(new(SECRET.encode(), AT.encode(), "sha256").digest()).decode()
    assert verify(SECRET, AT, b"", signed)
    assert hints(b"") == ()


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (
            '{"type":"zen:event-type:ticket.status_changed","detail":{"id":"35436"}}',
            Hint(Kind.TICKET, "35436"),
        ),
        ('{"type":"zen:event-type:ticket.comment_added","detail":{"id":35436}}', Hint(Kind.TICKET, "35436")),
        ('{"type":"zen:event-type:user.created","detail":{"id":"7"}}', Hint(Kind.PERSON, "7")),
        (
            '{"type":"zen:event-type:organization.name_changed","detail":{"id":"8"}}',
            Hint(Kind.ORGANIZATION, "8"),
        ),
        ('{"ticket_id":"1"}', Hint(Kind.TICKET, "1")),
        ('{"ticket":{"id":12,"title":"old words"}}', Hint(Kind.TICKET, "12")),
    ],
)
def test_z25_both_kinds_of_webhooks_name_what_to_look_at(body: str, wanted: Hint) -> None:
    assert hints(body) == (wanted,)


@pytest.mark.parametrize(
    "body",
    [
        '{"type":"zen:event-type:article.published","detail":{"id":"8"}}',
        '{"type":"zen:event-type:ticket.created"}',
        '{"ticket_id":null}',
        '{"ticket_id":"{{ticket.id}}"}',
        '{"ticket":"1"}',
        "{}",
    ],
)
def test_z25_what_names_nothing_hints_at_nothing(body: str) -> None:
    assert hints(body) == ()


@pytest.mark.parametrize("body", ["[]", "no JSON", "[" * 100_000])
def test_nonsense_is_said_to_be_nonsense(body: str) -> None:
    with pytest.raises(ValueError, match="webhook"):
        hints(body)


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(["type", "detail", "ticket", "ticket_id"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=30),
            lambda inner: (
                st.dictionaries(st.sampled_from(["id", "type"]), inner, max_size=2)
                | st.lists(inner, max_size=2)
            ),
            max_leaves=4,
        ),
    )
)
def test_no_payload_breaks_it(payload: dict[str, object]) -> None:
    for hint in hints(payload):
        assert hint.remote_id
