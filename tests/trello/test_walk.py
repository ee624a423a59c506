"""The walk over cards: what is asked, what is delivered, and that nothing is lost in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from tests.trello.lab import TOKEN, Wire, connecting, pull, records, stream

from syncline.connector import Cursor, Page
from syncline.errors import AccessDenied, AuthError, NotFound, ProtocolError, RateLimited
from syncline.model import Kind
from syncline.sim.app import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline_connectors.trello import Trello
from syncline_connectors.trello.simulator import Quirks, TrelloSimulator
from syncline_connectors.trello.simulator import entities as e

Connect = Callable[..., Trello]


@pytest.fixture
def lists(site: TrelloSimulator, board: e.Board) -> list[e.TrelloList]:
    return site.lists_of(board)


def filled(site: TrelloSimulator, in_: e.TrelloList, count: int = 12) -> list[e.Card]:
    return [site.create_card(in_, f"card {number}") for number in range(count)]


def end(pages: list[Page]) -> Cursor:
    return pages[-1].next


def settle(clock: SimClock) -> None:
    """Until what was done before lies outside of the overlap."""
    clock.advance(600)


def paths(wire: Wire) -> list[str]:
    return [path.partition("?")[0] for path in wire.asked()]


class TestFirstPull:
    def test_everything_is_there(
        self, connect: Connect, site: TrelloSimulator, lists: Any, mia: e.Member
    ) -> None:
        cards = filled(site, lists[0])
        site.comment(cards[0], "first", by=mia)
        site.comment(cards[0], "second", by=mia)
        site.attach(cards[1], "https://acme.example/plan", name="plan")
        item = site.add_item(site.add_checklist(cards[2], "To do"), "a thing")
        site.move(cards[3], lists[1], by=mia)
        pages = pull(connect(boards=[lists[0].board.short_link]))
        found = records(pages)
        assert found.keys() == {*(card.id for card in cards), f"{cards[2].id}/{item.id}"}
        assert found[cards[3].id].status.name == "Doing"
        assert {one.body.source for one in records(pages, Kind.COMMENT).values()} == {"first", "second"}
        assert [one.title for one in records(pages, Kind.ATTACHMENT).values()] == ["plan"]
        events = [(event.field, event.new_name) for page in pages for event in page.events]
        assert events == [("status", "Doing")]
        assert {status.name for page in pages for status in page.statuses} == {"To Do", "Doing", "Done"}
        assert [item.reason for page in pages for item in page.quarantined] == []

    def test_t07_comments_beyond_the_fifty_that_are_given_unasked(
        self, connect: Connect, site: TrelloSimulator, lists: Any
    ) -> None:
        (card,) = filled(site, lists[0], 1)
        for number in range(60):
            site.comment(card, f"comment {number}")
        pages = pull(connect(boards=[card.board.id]))
        assert len(records(pages, Kind.COMMENT)) == 60
        assert any((Kind.COMMENT, card.id) in page.children_complete for page in pages)

    def test_t04_archived_cards_and_all_that_lives_in_cards_come_with_the_list(
        self, connect: Connect, site: TrelloSimulator, lists: Any, wire: Wire
    ) -> None:
        cards = filled(site, lists[0], 3)
        site.archive(cards[0])
        site.edit_list(lists[1], closed=True)
        site.move(cards[1], lists[1])
        found = records(pull(connect(boards=[lists[0].board.id])))
        assert [found[card.id].archived for card in cards] == [True, True, False]
        path = f"/1/boards/{lists[0].board.id}/cards/all"
        (first, *_) = [request for request in wire.sent if request.path == path]
        parts = {"attachments": "true", "checklists": "all", "customFieldItems": "true"}
        assert parts.items() <= dict(first.query).items()

    def test_t26_a_feed_of_more_than_a_thousand_actions_is_paged(
        self, connect: Connect, site: TrelloSimulator, lists: Any, wire: Wire
    ) -> None:
        (card,) = filled(site, lists[0], 1)
        for number in range(2100):
            site.edit(card, name=f"name {number}")
        site.set_quirks(inclusive=True)
        pages = pull(connect(boards=[card.board.id]))
        assert len({event.native_id for page in pages for event in page.events}) == 2100
        asked = [request for request in wire.sent if request.path.endswith("/actions")]
        assert {request.param("limit") for request in asked} == {"1000"}
        assert len(asked) == 4

    def test_cards_are_paged_by_their_ids(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock
    ) -> None:
        for _ in range(6):
            filled(site, lists[0], 100)
            clock.advance(1)
        site.set_quirks(inclusive=True, machines=3)
        pages = pull(connect(boards=[lists[0].board.id]))
        assert len(records(pages)) == 600
        assert max(len(page.records) for page in pages) <= 250

    def test_t05_a_page_too_laden_is_asked_for_in_smaller_pieces(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock
    ) -> None:
        filled(site, lists[0], 120)
        site.set_quirks(greedy_cards=200, greedy_parts=2)
        before = clock.now()
        pages = pull(connect(boards=[lists[0].board.id]))
        assert len(records(pages)) == 120
        assert clock.now() - before < timedelta(seconds=10), "no waiting helps against that"

    def test_a_walk_broken_off_goes_on_with_the_page_after(
        self, connect: Connect, site: TrelloSimulator, lists: Any, wire: Wire, clock: SimClock
    ) -> None:
        for _ in range(3):
            filled(site, lists[0], 200)
            clock.advance(1)
        trello = connect(boards=[lists[0].board.id])
        first = next(iter(trello.pull(stream(trello), Cursor())))
        wire.sent.clear()
        rest = pull(connect(boards=[lists[0].board.id]), cursor=first.next)
        assert len(records([first, *rest])) == 600
        assert len(records(rest)) == 350

    def test_only_what_is_wanted_is_asked_for(
        self, connect: Connect, site: TrelloSimulator, lists: Any, wire: Wire
    ) -> None:
        (card,) = filled(site, lists[0], 1)
        site.comment(card, "hello")
        site.add_item(site.add_checklist(card, "To do"), "a thing")
        pages = pull(connect(boards=[card.board.id], streams=["issues"]))
        assert records(pages).keys() == {card.id}
        assert records(pages, Kind.COMMENT) == {}
        assert not any(path.endswith("/actions") for path in paths(wire))

    def test_history_bounds_the_first_pull(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock
    ) -> None:
        filled(site, lists[0], 3)
        clock.advance(86400)
        recent = filled(site, lists[0], 2)
        trello = connect(boards=[lists[0].board.id])
        bounded = stream(trello).narrowed([lists[0].board.id], since=clock.now() - timedelta(hours=1))
        assert records(list(trello.pull(bounded, Cursor()))).keys() == {card.id for card in recent}
        listed = {number for batch in trello.census(bounded) for number in batch}
        assert listed == {card.id for card in recent}


class TestQuiet:
    def test_a_quiet_board_costs_one_request_and_tells_who_we_are(
        self, connect: Connect, site: TrelloSimulator, lists: Any, wire: Wire, clock: SimClock, mia: e.Member
    ) -> None:
        filled(site, lists[0])
        at = end(pull(connect(boards=[lists[0].board.id])))
        at = end(pull(connect(boards=[lists[0].board.id]), cursor=at))
        for pause in (0, 60, 600):
            clock.advance(pause)
            wire.sent.clear()
            trello = connect({"user": mia.id}, boards=[lists[0].board.id])
            assert trello.vouched is False
            pages = pull(trello, cursor=at)
            at = end(pages)
            assert [request.path for request in wire.sent] == ["/1/batch"]
            assert records(pages) == {}
            assert trello.vouched is True

    def test_a_look_at_more_than_a_thousand_cards_is_whole(
        self, connect: Connect, site: TrelloSimulator, lists: Any, wire: Wire, clock: SimClock
    ) -> None:
        cards = filled(site, lists[0], 1010)
        site.set_quirks(inclusive=True)
        settle(clock)
        at = end(pull(connect(boards=[lists[0].board.id], streams=["issues"])))
        settle(clock)
        site.edit(cards[0], name="the oldest")
        site.edit(cards[-1], name="the newest")
        wire.sent.clear()
        pages = pull(connect(boards=[lists[0].board.id], streams=["issues"]), cursor=at)
        assert {one.title for one in records(pages).values()} >= {"the oldest", "the newest"}
        assert [request.path.rpartition("/")[2] for request in wire.sent] == ["batch", "all", "all", "batch"]

    def test_three_boards_share_one_batch_of_ten(
        self, connect: Connect, site: TrelloSimulator, wire: Wire, clock: SimClock, mia: e.Member
    ) -> None:
        boards = [site.add_board(f"Board {number}", members=[mia], by=mia) for number in range(3)]
        for board in boards:
            filled(site, site.add_list(board, "In"), 2)
        keys = [board.id for board in boards]
        second = pull(connect(boards=keys), cursor=end(pull(connect(boards=keys))))
        settle(clock)
        pull(connect(boards=keys), cursor=end(second))
        wire.sent.clear()
        pull(connect(boards=keys), cursor=end(second))
        (request,) = wire.sent
        urls = (request.param("urls") or "").split(",")
        assert len(urls) == 10

    def test_t06_commas_inside_a_batched_address_are_encoded(
        self, connect: Connect, site: TrelloSimulator, lists: Any, wire: Wire
    ) -> None:
        filled(site, lists[0], 1)
        pull(connect(boards=[lists[0].board.id]))
        (request,) = [request for request in wire.sent if request.path == "/1/batch"]
        board = next(url for url in (request.param("urls") or "").split(",") if url.startswith("/boards/"))
        fields = parse_qs(board.partition("?")[2])["fields"][0]
        assert "%2C" in board
        assert "closed" in unquote(fields).split(",")


class TestChanges:
    def again(self, connect: Connect, cursor: Cursor, *boards: str) -> list[Page]:
        return pull(connect(boards=list(boards)), cursor=cursor)

    def start(self, connect: Connect, clock: SimClock, *boards: str) -> Cursor:
        """The cursor after a first pull and a second one that found nothing."""
        first = pull(connect(boards=list(boards)))
        settle(clock)
        second = pull(connect(boards=list(boards)), cursor=end(first))
        return end(second)

    def test_t03_what_was_touched_is_read_again_and_nothing_else(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock, wire: Wire, mia: e.Member
    ) -> None:
        cards = filled(site, lists[0])
        board = lists[0].board
        at = self.start(connect, clock, board.id)
        settle(clock)
        site.edit(cards[2], name="other", by=mia)
        site.comment(cards[5], "hello", by=mia)
        wire.sent.clear()
        pages = self.again(connect, at, board.id)
        assert {cards[2].id, cards[5].id} <= records(pages).keys()
        assert len(records(pages)) <= 3, "perhaps with a neighbour of the card that has a comment more"
        assert len(wire.sent) == 2, "a look, and the cards with their comments"
        assert (Kind.COMMENT, cards[5].id) in pages[0].children_complete
        assert [(event.field, event.new) for page in pages for event in page.events] == [("title", "other")]

    def test_changes_that_no_feed_tells_are_seen_by_the_time_of_the_card(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock
    ) -> None:
        (card, *_) = filled(site, lists[0])
        label = site.add_label(card.board, "bug", "red")
        comment = site.comment(card, "before")
        checklist = site.add_checklist(card, "To do")
        item = site.add_item(checklist, "a thing")
        at = self.start(connect, clock, card.board.id)
        settle(clock)
        site.label(card, label)
        site.edit_comment(comment, "after")
        site.remove_item(checklist, item)
        pages = self.again(connect, at, card.board.id)
        assert records(pages)[card.id].labels == ("bug",)
        assert [one.body.source for one in records(pages, Kind.COMMENT).values()] == ["after"]
        assert (Kind.ISSUE, card.id) in pages[0].children_complete

    def test_what_changes_without_a_word_and_without_a_new_time_is_seen_too(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock, wire: Wire
    ) -> None:
        cards = filled(site, lists[0], 60)
        label = site.add_label(cards[0].board, "bug", "red")
        comment = site.comment(cards[1], "before")
        at = self.start(connect, clock, cards[0].board.id)
        settle(clock)
        site.set_quirks(label_touches=False, comment_edit_touches=False)
        site.label(cards[0], label)
        site.delete_comment(comment)
        wire.sent.clear()
        pages = self.again(connect, at, cards[0].board.id)
        assert records(pages)[cards[0].id].labels == ("bug",)
        assert (Kind.COMMENT, cards[1].id) in pages[0].children_complete
        assert len(records(pages)) < 8, "and few others"

    def test_a_renamed_list_changes_every_card_in_it(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock, wire: Wire
    ) -> None:
        cards = filled(site, lists[0], 60)
        at = self.start(connect, clock, lists[0].board.id)
        settle(clock)
        site.edit_list(lists[0], name="Backlog")
        wire.sent.clear()
        found = records(pages := self.again(connect, at, lists[0].board.id))
        assert {found[card.id].status.name for card in cards} == {"Backlog"}
        assert {one.name for page in pages for one in page.statuses} == {"Backlog", "Doing", "Done"}
        assert len(wire.sent) <= 3, "with their board, not one by one"

    def test_an_archived_list_archives_every_card_in_it_and_back(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock
    ) -> None:
        cards = filled(site, lists[0], 3)
        at = self.start(connect, clock, lists[0].board.id)
        for closed in (True, False):
            settle(clock)
            site.edit_list(lists[0], closed=closed)
            pages = self.again(connect, at, lists[0].board.id)
            assert [records(pages)[card.id].archived for card in cards] == [closed] * 3
            at = end(pages)

    def test_a_renamed_label_and_option_reach_the_cards_that_bear_them(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock
    ) -> None:
        (card, *_) = filled(site, lists[0], 3)
        label = site.add_label(card.board, "bug", "red")
        field = site.add_custom_field(card.board, "Severity", "list", options=["S1", "S2"])
        site.label(card, label)
        site.set_field(card, field, "S1")
        keys = {"boards": [card.board.id], "fields": {"severity": "Severity"}}
        at = end(pull(connect(**keys), cursor=end(pull(connect(**keys)))))
        settle(clock)
        site.edit_label(label, name="defect")
        found = records(pull(connect(**keys), cursor=at))[card.id]
        assert (found.labels, found.fields) == (("defect",), {"severity": "S1"})

    def test_a_new_list_or_label_and_a_rename_of_one_cost_no_more_than_their_cards(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock, wire: Wire
    ) -> None:
        cards = filled(site, lists[0], 30)
        label = site.add_label(cards[0].board, "bug", "red")
        site.label(cards[0], label)
        site.move(cards[1], lists[1])
        at = self.start(connect, clock, lists[0].board.id)
        settle(clock)
        site.add_list(lists[0].board, "New")
        site.add_label(lists[0].board, "new")
        pages = self.again(connect, at, lists[0].board.id)
        assert records(pages) == {}
        settle(clock)
        site.edit_label(label, name="defect")
        site.edit_list(lists[1], name="Busy")
        found = records(self.again(connect, end(pages), lists[0].board.id))
        assert found.keys() == {cards[0].id, cards[1].id}
        assert (found[cards[0].id].labels, found[cards[1].id].status.name) == (("defect",), "Busy")

    def test_a_list_moved_to_another_board_takes_its_cards_along(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock, mia: e.Member
    ) -> None:
        cards = filled(site, lists[0], 3)
        other = site.add_board("Other", members=[mia], by=mia)
        keys = [lists[0].board.id, other.id]
        at = self.start(connect, clock, *keys)
        settle(clock)
        site.move_list(lists[0], other)
        found = records(self.again(connect, at, *keys))
        assert {found[card.id].container for card in cards} == {other.id}

    def test_t11_a_card_moved_to_another_board_keeps_its_identity(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock, mia: e.Member
    ) -> None:
        (card,) = filled(site, lists[0], 1)
        other = site.add_board("Other", members=[mia], by=mia)
        there = site.add_list(other, "There")
        at = self.start(connect, clock, lists[0].board.id)
        settle(clock)
        site.move(card, there, by=mia)
        found = records(self.again(connect, at, lists[0].board.id))[card.id]
        assert (found.key, found.container, found.status.name) == (card.short_link, other.id, "There")

    def test_a_deleted_card_is_gone_by_the_feed(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock
    ) -> None:
        cards = filled(site, lists[0], 3)
        at = self.start(connect, clock, lists[0].board.id)
        settle(clock)
        site.delete(cards[1])
        pages = self.again(connect, at, lists[0].board.id)
        assert {gone for page in pages for gone in page.gone} == {(Kind.ISSUE, cards[1].id)}
        assert records(pages) == {}

    def test_many_changes_are_read_with_their_board(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock, wire: Wire
    ) -> None:
        cards = filled(site, lists[0], 80)
        at = self.start(connect, clock, lists[0].board.id)
        settle(clock)
        for card in cards[:70]:
            site.edit(card, name=f"{card.name}!")
        site.comment(cards[0], "hello")
        wire.sent.clear()
        pages = self.again(connect, at, lists[0].board.id)
        assert 70 <= len(records(pages)) <= 71, "perhaps with a neighbour of the card that has a comment more"
        assert len(records(pages, Kind.COMMENT)) == 1
        assert len(wire.sent) <= 3 + 7, "comments are asked for ten cards a request"

    def test_t23_a_walk_catches_up_with_whatever_no_webhook_told(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock
    ) -> None:
        (card, *_) = filled(site, lists[0])
        at = self.start(connect, clock, lists[0].board.id)
        clock.advance(30 * 86400)
        site.edit(card, name="long ago")
        clock.advance(30 * 86400)
        assert records(self.again(connect, at, lists[0].board.id))[card.id].title == "long ago"

    def test_without_named_boards_new_ones_are_read_whole_and_closed_ones_once_more(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock, mia: e.Member
    ) -> None:
        (card,) = filled(site, lists[0], 1)
        at = end(pull(connect(), cursor=end(pull(connect()))))
        settle(clock)
        other = site.add_board("Other", members=[mia], by=mia)
        (new,) = filled(site, site.add_list(other, "In"), 1)
        site.edit_board(lists[0].board, closed=True)
        pages = pull(connect(), cursor=at)
        assert records(pages).keys() == {card.id, new.id}
        assert records(pages)[card.id].archived
        settle(clock)
        assert records(pull(connect(), cursor=end(pages))).keys() <= {new.id}

    def test_a_list_made_in_mid_walk_is_looked_up(
        self, connect: Connect, site: TrelloSimulator, lists: Any, wire: Wire
    ) -> None:
        cards = filled(site, lists[0], 3)

        def late(request: SimRequest) -> None:
            if request.path.endswith("/cards/all") and cards[0].list_ is lists[0]:
                site.move(cards[0], site.add_list(lists[0].board, "Late"))

        wire.before = late
        pages = pull(connect(boards=[lists[0].board.id]))
        assert records(pages)[cards[0].id].status.name == "Late"
        assert [item.reason for page in pages for item in page.quarantined] == []

    def test_a_list_renamed_between_two_halves_of_a_walk_reaches_the_first_half(
        self, connect: Connect, site: TrelloSimulator, lists: Any, clock: SimClock
    ) -> None:
        for _ in range(2):
            filled(site, lists[0], 200)
            clock.advance(1)
        settle(clock)
        trello = connect(boards=[lists[0].board.id])
        first = next(iter(trello.pull(stream(trello), Cursor())))
        site.edit_list(lists[0], name="Later")
        second = pull(connect(boards=[lists[0].board.id]), cursor=first.next)
        third = pull(connect(boards=[lists[0].board.id]), cursor=end(second))
        known = records([first, *second, *third])
        assert {one.status.name for one in known.values()} == {"Later"}


class TestTrouble:
    def test_t01_credentials_travel_in_a_header_and_a_bad_token_is_told(
        self, connect: Connect, site: TrelloSimulator, lists: Any, wire: Wire
    ) -> None:
        pull(connect(boards=[lists[0].board.id]))
        assert not any(
            "key" in dict(request.query) or "token" in dict(request.query) for request in wire.sent
        )
        header = wire.sent[0].header("Authorization") or ""
        assert header.startswith('OAuth oauth_consumer_key="')
        site.credentials.tokens.clear()
        with pytest.raises(AuthError, match="invalid token") as caught:
            connect().check()
        assert "ATTA" not in str(caught.value)

    def test_a_board_out_of_sight_is_told_by_its_own_stream_and_stops_no_other(
        self, connect: Connect, site: TrelloSimulator, lists: Any
    ) -> None:
        (card,) = filled(site, lists[0], 1)
        hidden = site.add_board("Hidden", members=[site.add_member("Ben Example")])
        trello = connect(boards=[lists[0].board.id, hidden.id])
        assert records(pull(trello)).keys() == {card.id}
        walk = iter(trello.pull(stream(trello, "boards"), Cursor()))
        assert records([next(walk)], Kind.CONTAINER).keys() == {lists[0].board.id}
        with pytest.raises(AccessDenied, match=hidden.id):
            next(walk)
        with pytest.raises(AccessDenied, match=hidden.id):
            list(trello.census(stream(trello)))

    def test_a_board_that_never_was(self, connect: Connect, mia: e.Member) -> None:
        with pytest.raises(NotFound, match="AbCd1234"):
            pull(connect(boards=["AbCd1234"]), "boards")

    def test_t18_never_more_than_eighty_requests_in_ten_seconds(
        self, connect: Connect, site: TrelloSimulator, lists: Any, wire: Wire, clock: SimClock
    ) -> None:
        cards = filled(site, lists[0], 150)
        at = end(pull(connect(boards=[lists[0].board.id], streams=["issues", "comments"])))
        settle(clock)
        times: list[float] = []

        def note(request: SimRequest) -> None:
            times.append(clock.monotonic())

        wire.before = note
        for card in cards:
            site.comment(card, "hello")
        pull(connect(boards=[lists[0].board.id], streams=["issues", "comments"]), cursor=at)
        cost = [len((r.param("urls") or "x").split(",")) for r in wire.sent[-len(times) :]]
        for first, moment in enumerate(times):
            within = sum(c for t, c in zip(times[first:], cost[first:], strict=True) if t < moment + 10)
            assert within <= 80
        assert not site.limits.refused

    def test_t18_a_refusal_that_says_no_time_is_waited_out_for_a_whole_window(
        self, connect: Connect, site: TrelloSimulator, lists: Any, wire: Wire, clock: SimClock
    ) -> None:
        filled(site, lists[0], 1)
        body = {"error": "API_TOKEN_LIMIT_EXCEEDED", "message": "Rate limit exceeded"}
        refusals = [SimResponse.of_json(body, 429), SimResponse.of_json(body, 429)]
        wire.before = lambda request: refusals.pop() if refusals else None
        before = clock.now()
        pull(connect(boards=[lists[0].board.id]))
        assert clock.now() - before >= timedelta(seconds=20)

    def test_a_refusal_that_stays_is_told(self, connect: Connect, wire: Wire, board: e.Board) -> None:
        wire.before = lambda request: SimResponse.of_json({"error": "API_KEY_LIMIT_EXCEEDED"}, 429)
        with pytest.raises(RateLimited, match="API_KEY_LIMIT_EXCEEDED"):
            pull(connect(boards=[board.id]))

    @pytest.mark.parametrize(
        "answer",
        [
            SimResponse.of_json({}),
            SimResponse.of_json([{"200": {}}]),
            SimResponse(200, [("Content-Type", "text/plain")], b"ok"),
        ],
    )
    def test_a_batch_that_makes_no_sense_is_no_empty_answer(
        self, connect: Connect, wire: Wire, board: e.Board, answer: SimResponse
    ) -> None:
        wire.before = lambda request: answer
        with pytest.raises(ProtocolError):
            pull(connect(boards=[board.id]))

    def test_t17_a_part_of_a_batch_that_failed_is_asked_again_by_itself(
        self, connect: Connect, site: TrelloSimulator, lists: Any, wire: Wire
    ) -> None:
        filled(site, lists[0], 1)
        site.refuse("GET", "/boards/{id}", 449, "sub-request failed")
        assert len(records(pull(connect(boards=[lists[0].board.id])))) == 1
        assert f"/1/boards/{lists[0].board.id}" in [request.path for request in wire.sent]

    def test_a_feed_that_goes_in_circles_is_told(self, connect: Connect, wire: Wire, board: e.Board) -> None:
        row = {
            "id": "6560a1b2c3d4e5f601234567",
            "type": "updateList",
            "date": "2026-11-22T10:00:00Z",
            "data": {},
        }
        rows = [{**row, "id": f"6560a1b2c3d4e5f60{number:07x}"} for number in range(1000)]
        wire.before = lambda request: SimResponse.of_json(rows) if request.path.endswith("/actions") else None
        with pytest.raises(ProtocolError, match="repeats a page"):
            pull(connect(boards=[board.id]))

    def test_a_saved_place_that_cannot_be_read_is_told(self, connect: Connect, board: e.Board) -> None:
        for cursor in (Cursor(position="{"), Cursor(mark="[]"), Cursor(mark='{"at": "x"}')):
            with pytest.raises(ProtocolError, match="cannot be read"):
                pull(connect(boards=[board.id]), cursor=cursor)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_in_mid_walk_the_last_walk_knows(clock: SimClock, seed: int) -> None:
    site = TrelloSimulator(clock, seed=seed, quirks=Quirks(bot=0.9, bot_budget=30))
    mia = site.add_member("Mia Example", "mia")
    site.add_token(mia, TOKEN)
    board = site.add_board("Design", members=[mia], by=mia)
    places = [site.add_list(board, name) for name in ("To Do", "Doing", "Done")]
    for number in range(40):
        clock.advance(7)
        site.create_card(places[0], f"card {number}")
    known: dict[str, Any] = {}
    at = Cursor()
    with connecting(Wire(site), clock) as connect:
        while site.bot.budget > 0 or at.mark is None:
            at, known = _walked(connect(boards=[board.id]), at, known)
            clock.advance(60)
        _, known = _walked(connect(boards=[board.id]), at, known)
    truth = {card.id: (card.name, card.list_.name, card.closed) for card in site.cards.values()}
    seen = {id_: (one.title, one.status.name, one.archived) for id_, one in known.items()}
    assert seen == truth


def _walked(trello: Trello, at: Cursor, known: dict[str, Any]) -> tuple[Cursor, dict[str, Any]]:
    pages = pull(trello, cursor=at)
    gone = {number for page in pages for _, number in page.gone}
    listed = {number for batch in trello.census(stream(trello)) for number in batch}
    kept = {number: one for number, one in (known | records(pages)).items() if number not in gone}
    return end(pages), {number: one for number, one in kept.items() if number in listed}
