"""Webhooks: what they hint at, and whether they are Trello's own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.model import Kind
from syncline_connectors.trello.webhooks import Hint, hints, identifier, verify

SECRET, BODY, URL = "app-secret", b'{"action":{"id":"a1"}}', "https://example.com/hook?b=1"
SIGNATURE = "IL83wEMvu2KBbLZvGkBZrDg0gOU="


class TestVerify:
    def test_t21_the_body_and_the_address_as_registered_are_signed(self) -> None:
        assert verify(SECRET, BODY, URL, SIGNATURE)
        assert not verify(SECRET, BODY, URL + "/", SIGNATURE)

    @pytest.mark.parametrize("header", [None, "", SIGNATURE.lower(), SIGNATURE[:-1], "é\udcff"])
    def test_anything_else_is_refused(self, header: str | None) -> None:
        assert not verify(SECRET, BODY, URL, header)

    @given(st.text(min_size=1), st.binary())
    def test_another_body_or_secret_is_refused(self, secret: str, body: bytes) -> None:
        assert verify(secret, body, URL, SIGNATURE) == ((secret, body) == (SECRET, BODY))


def about(kind: str, **data: Any) -> list[Hint]:
    return list(hints({"action": {"id": "a", "type": kind, "data": data}, "model": {"id": "b"}}))


class TestHints:
    def test_what_happens_in_a_card_leads_to_the_card(self) -> None:
        card, board = {"id": "c"}, {"id": "b"}
        for kind in ("updateCard", "commentCard", "deleteCard", "updateCheckItemStateOnCard"):
            assert about(kind, card=card, board=board) == [Hint(Kind.ISSUE, "c")]

    def test_what_happens_to_a_list_leads_to_its_board(self) -> None:
        assert about("updateList", list={"id": "l"}, board={"id": "b"}) == [Hint(Kind.CONTAINER, "b")]
        moved = about("moveListToBoard", list={"id": "l"}, board={"id": "b"}, boardSource={"id": "s"})
        assert moved == [Hint(Kind.CONTAINER, "b"), Hint(Kind.CONTAINER, "s")]

    @pytest.mark.parametrize(
        "body", [{}, {"action": None}, {"action": {}}, {"action": {"data": {"board": 7}}}]
    )
    def test_what_says_nothing_hints_at_nothing(self, body: Any) -> None:
        assert list(hints(body)) == []

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", "[" * 10_000])
    def test_nonsense_is_refused(self, body: bytes | str) -> None:
        with pytest.raises(ValueError, match="webhook"):
            hints(body)


def test_t22_our_own_writes_say_whose_they_are() -> None:
    assert identifier("design") == "syncline-design"
