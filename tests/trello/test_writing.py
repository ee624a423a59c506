"""What is sent when a card is made or changed, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.trello.lab import Wire

from syncline.canary import Canary, State
from syncline.connector import Archived, Gone
from syncline.errors import (
    AccessDenied,
    InDoubt,
    Invalid,
    NotFound,
    Unsupported,
    VersionConflict,
)
from syncline.model import Kind, Ref, Text, TextFormat, Visibility
from syncline.sim.app import SimRequest, SimResponse, WireFault
from syncline.sim.app import Wire as Cable
from syncline.sim.clock import SimClock
from syncline.target import AddRemove, Backlink, Change, CommentDraft, Draft, FileDraft, Move, Removal, Set
from syncline_connectors.trello import Trello
from syncline_connectors.trello.simulator import TrelloSimulator
from syncline_connectors.trello.simulator import entities as e

Connect = Callable[..., Trello]
MARKER = "6f1d3f0e-0000-5000-8000-000000000001"


@pytest.fixture
def target(connect: Connect) -> Trello:
    return connect(access="write")


@pytest.fixture
def lists(site: TrelloSimulator, board: e.Board) -> list[e.TrelloList]:
    return site.lists_of(board)


@pytest.fixture
def card(site: TrelloSimulator, lists: list[e.TrelloList], mia: e.Member) -> e.Card:
    return site.create_card(lists[0], "a card", by=mia)


def ref(of: e.Card) -> Ref:
    return Ref("trello", Kind.ISSUE, of.id)


def markdown(source: str) -> Text:
    return Text(format=TextFormat.MARKDOWN, source=source)


def sent(wire: Wire) -> list[tuple[str, str, Any]]:
    return [
        (one.method, one.path.removeprefix("/1"), one.json() if one.body else None) for one in wire.written()
    ]


class TestCreating:
    def test_t16_a_card_bears_its_marker_from_the_first_moment(
        self, target: Trello, site: TrelloSimulator, board: e.Board, wire: Wire, clock: SimClock
    ) -> None:
        draft = Draft(Kind.ISSUE, board.id, None, {"title": "made"})
        began = clock.now()
        outcome = target.create(draft, MARKER)
        (request,) = sent(wire)
        assert request[2]["urlSource"] == f"https://syncline.example/marker/{MARKER}"
        assert list(target.find_by_marker(MARKER, draft, began)) == [outcome.ref]
        assert outcome.stored is not None
        (answer,) = target.fetch([outcome.ref])
        kinds = [item.record.kind for item in answer.page.records]  # type: ignore[union-attr]
        assert kinds == [Kind.ISSUE], "the marker is no attachment of the card"

    def test_everything_that_can_be_given_at_once_is(
        self, target: Trello, site: TrelloSimulator, board: e.Board, wire: Wire, mia: e.Member
    ) -> None:
        label = site.add_label(board, "bug", "red")
        given = {
            "title": "made",
            "description": markdown("*text*"),
            "labels": ("bug",),
            "assignees": (mia.id,),
            "due_on": date(2026, 12, 1),
            "start_on": date(2026, 11, 1),
            "status": Move("Doing"),
        }
        outcome = target.create(Draft(Kind.ISSUE, board.id, "Card", given), MARKER)
        assert outcome.applied == given.keys()
        ((_, path, body),) = sent(wire)
        assert path == "/cards"
        assert (body["idLabels"], body["idMembers"]) == ([label.id], [mia.id])
        assert (body["due"], body["start"]) == ("2026-12-01T12:00:00.000Z", "2026-11-01T12:00:00.000Z")
        assert site.cards[outcome.ref.remote_id].list_.name == "Doing"

    def test_a_full_or_closed_board_takes_no_card(
        self, target: Trello, site: TrelloSimulator, board: e.Board, wire: Wire
    ) -> None:
        site.edit_board(board, closed=True)
        with pytest.raises(Invalid, match="closed") as caught:
            target.create(Draft(Kind.ISSUE, board.id, None, {"title": "made"}), MARKER)
        assert caught.value.field == "container"
        assert sent(wire) == []

    def test_t17_a_board_that_has_reached_its_limit_is_not_asked(
        self, target: Trello, wire: Wire, board: e.Board
    ) -> None:
        def full(request: SimRequest) -> SimResponse | None:
            if request.path != f"/1/boards/{board.id}":
                return None
            answer = wire.tool(request).json()
            answer["limits"] = {"cards": {"openPerBoard": {"status": "maxExceeded"}}}
            return SimResponse.of_json(answer)

        wire.before = full
        with pytest.raises(Invalid, match="as many open cards as Trello allows"):
            target.create(Draft(Kind.ISSUE, board.id, None, {"title": "made"}), MARKER)
        assert sent(wire) == []

    def test_a_board_without_an_open_list_takes_no_card(
        self, target: Trello, site: TrelloSimulator, board: e.Board, lists: list[e.TrelloList]
    ) -> None:
        for one in lists:
            site.edit_list(one, closed=True)
        with pytest.raises(Invalid, match="no open list"):
            target.create(Draft(Kind.ISSUE, board.id, None, {"title": "made"}), MARKER)

    def test_t27_a_create_whose_answer_is_lost_is_never_sent_again(
        self, target: Trello, site: TrelloSimulator, board: e.Board, wire: Wire, clock: SimClock
    ) -> None:
        def lose(request: SimRequest) -> SimResponse | None:
            if request.method != "POST":
                return None
            answer = wire.tool(request)
            return SimResponse(answer.status, answer.headers, answer.body, Cable(WireFault.DROP))

        wire.before = lose
        draft, began = Draft(Kind.ISSUE, board.id, None, {"title": "made"}), clock.now()
        with pytest.raises(InDoubt):
            target.create(draft, MARKER)
        wire.before = lambda request: None
        assert [one.name for one in site.cards.values()] == ["made"]
        assert len(target.find_by_marker(MARKER, draft, began)) == 1


class TestUpdating:
    def test_name_text_dates_and_list_go_in_one_request_with_a_body(
        self, target: Trello, card: e.Card, lists: list[e.TrelloList], wire: Wire
    ) -> None:
        outcome = target.update(
            ref(card),
            {
                "title": Set("new"),
                "description": Set(markdown("words")),
                "due_on": Set(date(2026, 12, 1)),
                "status": Move("Done"),
            },
            {"title": "a card"},
        )
        assert outcome.applied == {"title", "description", "due_on", "status"}
        assert outcome.later == frozenset(), "the answer of the write itself tells what is stored"
        expected = {"name": "new", "desc": "words", "due": "2026-12-01T12:00:00.000Z", "idList": lists[2].id}
        assert sent(wire) == [("PUT", f"/cards/{card.id}", expected)]
        assert not any(request.query for request in wire.written()), "nothing long stands in an address"

    def test_t14_labels_and_people_change_one_by_one_so_that_others_stay(
        self, target: Trello, site: TrelloSimulator, card: e.Card, board: e.Board, mia: e.Member, wire: Wire
    ) -> None:
        old, theirs, new = (site.add_label(board, name) for name in ("old", "theirs", "new"))
        site.label(card, old)
        site.label(card, theirs)
        change: dict[str, Change] = {
            "labels": AddRemove(add=("new",), remove=("old",)),
            "assignees": Set((mia.id,)),
        }
        assert target.update(ref(card), change, {}).applied == {"labels", "assignees"}
        assert {label.id for label in card.labels} == {theirs.id, new.id}
        assert [(method, path.split("/")[3]) for method, path, _ in sent(wire)] == [
            ("DELETE", "idLabels"),
            ("POST", "idLabels"),
            ("POST", "idMembers"),
        ]

    def test_t14_what_is_there_already_or_gone_already_is_done(
        self, target: Trello, site: TrelloSimulator, card: e.Card, board: e.Board, wire: Wire
    ) -> None:
        label = site.add_label(board, "bug")

        def first(request: SimRequest) -> None:
            if request.method == "POST" and label not in card.labels:
                site.label(card, label)  # somebody else was quicker

        wire.before = first
        outcome = target.update(ref(card), {"labels": AddRemove(add=("bug",))}, {})
        assert outcome.applied == {"labels"}
        assert outcome.refused == {}

    def test_a_label_that_the_board_lacks_is_made_once(
        self, target: Trello, site: TrelloSimulator, card: e.Card, board: e.Board, lists: list[e.TrelloList]
    ) -> None:
        other = site.create_card(lists[0], "another")
        for one in (card, other):
            assert target.update(ref(one), {"labels": AddRemove(add=("fresh",))}, {}).applied == {"labels"}
        assert [(label.name, label.color) for label in site.labels_of(board)] == [("fresh", None)]

    def test_a_colour_word_is_the_label_without_a_name(
        self, target: Trello, site: TrelloSimulator, card: e.Card, board: e.Board
    ) -> None:
        red = site.add_label(board, "", "red")
        target.update(ref(card), {"labels": Set(("red",))}, {})
        assert card.labels == [red]

    def test_a_member_who_is_not_on_the_board_is_refused_by_name(
        self, target: Trello, site: TrelloSimulator, card: e.Card
    ) -> None:
        ben = site.add_member("Ben Example")
        outcome = target.update(ref(card), {"assignees": Set((ben.id,)), "title": Set("new")}, {})
        assert isinstance(outcome.refused["assignees"], Invalid)
        assert outcome.applied == {"title"}

    def test_what_somebody_changed_is_left_alone(
        self, target: Trello, site: TrelloSimulator, card: e.Card, wire: Wire
    ) -> None:
        site.edit(card, name="theirs")
        outcome = target.update(
            ref(card), {"title": Set("ours"), "due_on": Set(date(2026, 12, 1))}, {"title": "a card"}
        )
        assert isinstance(outcome.refused["title"], VersionConflict)
        assert outcome.applied == {"due_on"}
        assert [body.keys() for _, _, body in sent(wire)] == [{"due"}]

    def test_a_list_that_is_not_there_is_refused_with_those_that_are(
        self, target: Trello, card: e.Card
    ) -> None:
        outcome = target.update(ref(card), {"status": Move("Nowhere")}, {})
        assert "To Do, Doing, Done" in str(outcome.refused["status"])

    def test_what_is_newer_than_our_look_at_the_board_is_found(
        self, connect: Connect, site: TrelloSimulator, card: e.Card, board: e.Board
    ) -> None:
        target = connect(access="write", fields={"severity": "Severity"})
        target.update(ref(card), {"title": Set("first")}, {})
        site.add_list(board, "Brand new")
        site.add_custom_field(board, "Severity", "text")
        outcome = target.update(ref(card), {"status": Move("Brand new"), "severity": Set("high")}, {})
        assert outcome.applied == {"status", "severity"}

    def test_a_due_date_keeps_its_hour(self, connect: Connect, site: TrelloSimulator, card: e.Card) -> None:
        site.edit(card, due=datetime(2026, 11, 30, 22, 30, tzinfo=UTC))
        berlin = connect(access="write", time_zone="Europe/Berlin")
        assert berlin.update(ref(card), {"due_on": Set(date(2026, 12, 3))}, {}).applied == {"due_on"}
        assert card.due == datetime(2026, 12, 3, 22, 30, tzinfo=UTC), "half past eleven in the evening"

    def test_clearing(self, target: Trello, site: TrelloSimulator, card: e.Card) -> None:
        site.edit(card, due=datetime(2026, 11, 30, tzinfo=UTC), desc="words")
        assert target.update(ref(card), {"due_on": Set(None), "description": Set(None)}, {}).refused == {}
        assert (card.due, card.desc) == (None, "")

    def test_custom_fields_are_those_of_the_cards_board(
        self, connect: Connect, site: TrelloSimulator, board: e.Board, card: e.Card
    ) -> None:
        site.add_custom_field(board, "Severity", "list", options=["S1", "S2"])
        site.add_custom_field(board, "Points", "number")
        here = connect(
            access="write", fields={"severity": "severity", "estimate": "Points", "missing": "Nope"}
        )
        outcome = here.update(
            ref(card), {"severity": Set("S2"), "estimate": Set(5.0), "missing": Set("x")}, {}
        )
        assert outcome.applied == {"severity", "estimate"}
        assert "no custom field for missing" in str(outcome.refused["missing"])
        stored: Any = outcome.stored
        assert (stored.record.fields, stored.record.estimate) == ({"severity": "S2"}, 5.0)

    def test_a_field_that_trello_refuses_does_not_stop_the_others(
        self, target: Trello, card: e.Card, wire: Wire
    ) -> None:
        def picky(request: SimRequest) -> SimResponse | None:
            body = request.json() if request.method == "PUT" and request.body else {}
            return SimResponse(400, [], b"invalid value for due") if "due" in body else None

        wire.before = picky
        outcome = target.update(ref(card), {"title": Set("new"), "due_on": Set(date(2026, 12, 1))}, {})
        assert outcome.applied == {"title"}
        error = outcome.refused["due_on"]
        assert isinstance(error, Invalid)
        assert error.field == "due_on"

    def test_t19_a_refusal_that_names_nothing_is_tried_field_by_field(
        self, target: Trello, card: e.Card, wire: Wire
    ) -> None:
        def sullen(request: SimRequest) -> SimResponse | None:
            body = request.json() if request.method == "PUT" and request.body else {}
            plain = [("Content-Type", "text/plain; charset=utf-8")]
            return SimResponse(400, plain, b"error") if "start" in body else None

        wire.before = sullen
        changes = {"title": Set("new"), "due_on": Set(date(2026, 12, 1)), "start_on": Set(date(2026, 11, 1))}
        outcome = target.update(ref(card), changes, {})
        assert outcome.applied == {"title", "due_on"}
        assert isinstance(outcome.refused["start_on"], Invalid)

    def test_a_token_that_only_reads_is_told(
        self, connect: Connect, site: TrelloSimulator, card: e.Card
    ) -> None:
        for token in site.credentials.tokens:
            token.write = False
        outcome = connect(access="write").update(ref(card), {"title": Set("new")}, {})
        assert isinstance(outcome.refused["title"], AccessDenied)

    def test_t22_every_write_says_whose_it_is(
        self, connect: Connect, site: TrelloSimulator, board: e.Board, card: e.Card, wire: Wire
    ) -> None:
        target = connect(access="write", name="art")
        label = site.add_label(board, "bug")
        site.label(card, label)
        target.update(ref(card), {"title": Set("new"), "labels": Set(())}, {})
        target.add_comment(CommentDraft(ref(card), markdown("hello")), MARKER)
        target.attach(FileDraft(ref(card), "a.txt", b"x"), MARKER)
        target.remove(ref(card), Removal.DELETE)
        methods = {request.method for request in wire.written()}
        assert methods == {"PUT", "POST", "DELETE"}
        headers = {request.header("X-Trello-Client-Identifier") for request in wire.written()}
        assert headers == {"syncline-art"}

    def test_t20_no_webhook_is_registered(self, target: Trello, card: e.Card, wire: Wire) -> None:
        target.update(ref(card), {"title": Set("new")}, {})
        list(target.fetch([ref(card)]))
        assert not any("webhooks" in path for path in wire.asked())


class TestCheckItems:
    @pytest.fixture
    def item(self, site: TrelloSimulator, card: e.Card) -> e.CheckItem:
        return site.add_item(site.add_checklist(card, "To do"), "a thing")

    @pytest.fixture
    def inside(self, card: e.Card, item: e.CheckItem) -> Ref:
        return Ref("trello", Kind.ISSUE, f"{card.id}/{item.id}")

    def test_name_tick_date_and_person_go_in_one_request(
        self, target: Trello, item: e.CheckItem, inside: Ref, mia: e.Member, wire: Wire
    ) -> None:
        changes: dict[str, Change] = {
            "title": Set("another thing"),
            "status": Move("complete"),
            "due_on": Set(date(2026, 12, 1)),
            "assignees": Set((mia.id,)),
        }
        outcome = target.update(inside, changes, {"title": "a thing", "status": "incomplete"})
        assert outcome.applied == changes.keys()
        assert (item.name, item.complete, item.member) == ("another thing", True, mia)
        assert item.due == datetime(2026, 12, 1, 12, tzinfo=UTC)
        assert len(sent(wire)) == 1
        stored: Any = outcome.stored
        assert (stored.record.remote_id, stored.record.status.name) == (inside.remote_id, "complete")
        assert target.update(inside, changes, {}).applied == changes.keys()
        assert len(sent(wire)) == 1, "what is there already is not written again"

    def test_clearing(
        self, target: Trello, site: TrelloSimulator, card: e.Card, inside: Ref, mia: e.Member
    ) -> None:
        changes: dict[str, Change] = {"due_on": Set(date(2026, 12, 1)), "assignees": Set((mia.id,))}
        target.update(inside, changes, {})
        cleared = target.update(inside, {"due_on": Set(None), "assignees": Set(())}, {})
        assert cleared.refused == {}
        assert (card.checklists[0].items[0].due, card.checklists[0].items[0].member) == (None, None)

    def test_what_a_check_item_does_not_have_or_somebody_changed_is_refused(
        self, target: Trello, item: e.CheckItem, inside: Ref, mia: e.Member
    ) -> None:
        changes: dict[str, Change] = {
            "title": Set("ours"),
            "status": Move("Doing"),
            "labels": Set(("bug",)),
            "description": Set(markdown("words")),
            "assignees": AddRemove(add=(mia.id,)),
        }
        outcome = target.update(inside, changes, {"title": "as the plan saw it"})
        assert outcome.applied == frozenset()
        assert {name: type(error) for name, error in outcome.refused.items()} == {
            "title": VersionConflict,
            "status": Invalid,
            "labels": Unsupported,
            "description": Unsupported,
            "assignees": Unsupported,
        }
        assert item.name == "a thing"

    def test_two_people_are_one_too_many(self, target: Trello, inside: Ref, mia: e.Member) -> None:
        outcome = target.update(inside, {"assignees": Set((mia.id, "0" * 24))}, {})
        assert isinstance(outcome.refused["assignees"], Invalid)

    def test_a_lost_answer_is_looked_at_again(self, target: Trello, inside: Ref, wire: Wire) -> None:
        def lose(request: SimRequest) -> SimResponse | None:
            if request.method != "PUT":
                return None
            answer = wire.tool(request)
            return SimResponse(answer.status, answer.headers, answer.body, Cable(WireFault.DROP))

        wire.before = lose
        outcome = target.update(inside, {"title": Set("new")}, {})
        assert outcome.applied == outcome.later == {"title"}

    def test_a_value_that_trello_refuses_does_not_stop_the_others(
        self, target: Trello, item: e.CheckItem, inside: Ref, wire: Wire
    ) -> None:
        def picky(request: SimRequest) -> SimResponse | None:
            body = request.json() if request.method == "PUT" else {}
            return SimResponse(400, [], b"invalid value for due") if "due" in body else None

        wire.before = picky
        outcome = target.update(inside, {"title": Set("new"), "due_on": Set(date(2026, 12, 1))}, {})
        assert outcome.applied == {"title"}
        assert isinstance(outcome.refused["due_on"], Invalid)
        assert item.name == "new"

    def test_it_is_deleted_and_never_archived(self, target: Trello, card: e.Card, inside: Ref) -> None:
        with pytest.raises(Unsupported, match="archived with its card"):
            target.remove(inside, Removal.ARCHIVE)
        for _ in range(2):
            target.remove(inside, Removal.DELETE)
        assert card.checklists[0].items == []
        with pytest.raises(NotFound):
            target.update(inside, {"title": Set("x")}, {})


class TestBacklinks:
    LINK = Backlink("g-1", "https://acme.example/ENG-1", "ENG-1 in Jira")

    def test_t15_an_address_is_attached_once_however_often_it_is_asked_for(
        self, target: Trello, card: e.Card, wire: Wire
    ) -> None:
        for _ in range(3):
            outcome = target.update(ref(card), {"backlinks": AddRemove(add=(self.LINK,))}, {})
            assert outcome.applied == {"backlinks"}
        assert [one.name for one in card.attachments] == ["ENG-1 in Jira"]
        assert [one.url for one in card.attachments] == ["https://acme.example/ENG-1#syncline=g-1"]
        assert len(sent(wire)) == 1

    def test_twins_become_one(self, target: Trello, site: TrelloSimulator, card: e.Card) -> None:
        for _ in range(2):
            site.attach(card, "https://acme.example/OLD#syncline=g-1", name="OLD")
        site.attach(card, "https://acme.example/ENG-1", name="somebody's own link")
        target.update(ref(card), {"backlinks": AddRemove(add=(self.LINK,))}, {})
        assert sorted(one.name for one in card.attachments) == ["ENG-1 in Jira", "somebody's own link"]


class TestRemoving:
    def test_archiving_and_deleting(self, target: Trello, site: TrelloSimulator, card: e.Card) -> None:
        target.remove(ref(card), Removal.ARCHIVE)
        assert card.closed
        assert [*target.fetch([ref(card)])] == [Archived(ref(card))]
        for _ in range(2):
            target.remove(ref(card), Removal.DELETE)
        assert site.cards == {}

    def test_what_was_deleted_is_gone_by_the_action_that_tells_it(
        self, target: Trello, connect: Connect, card: e.Card
    ) -> None:
        target.remove(ref(card), Removal.DELETE)
        (answer,) = connect().fetch([ref(card)])
        assert isinstance(answer, Gone)
        assert answer.evidence.startswith("action deleteCard ")


class TestComments:
    def test_t13_a_comment_is_edited_under_its_id(
        self, target: Trello, site: TrelloSimulator, card: e.Card
    ) -> None:
        made = target.add_comment(CommentDraft(ref(card), markdown("said *once*")), MARKER).ref
        outcome = target.edit_comment(made, ref(card), markdown("said twice"), markdown("said *once*"))
        assert outcome.applied == {"body"}
        assert [one.data["text"] for one in site.comments_of(card)] == ["said twice"]

    def test_somebody_elses_comment_may_not_be_edited(
        self, target: Trello, site: TrelloSimulator, card: e.Card, board: e.Board
    ) -> None:
        ben = site.add_member("Ben Example")
        site.join(board, ben)
        theirs = Ref("trello", Kind.COMMENT, site.comment(card, "mine", by=ben).id)
        with pytest.raises(AccessDenied):
            target.edit_comment(theirs, ref(card), markdown("ours"))

    @pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.CUSTOMER])
    def test_only_the_team_reads_comments(self, target: Trello, card: e.Card, visibility: Visibility) -> None:
        with pytest.raises(Unsupported, match="everybody on its board"):
            target.add_comment(CommentDraft(ref(card), markdown("psst"), visibility), MARKER)

    def test_a_lost_comment_is_known_by_author_time_and_text(
        self, target: Trello, site: TrelloSimulator, card: e.Card, board: e.Board, clock: SimClock
    ) -> None:
        ben = site.add_member("Ben Example")
        site.join(board, ben)
        draft = CommentDraft(ref(card), markdown("the same words"))
        target.add_comment(draft, MARKER)
        clock.advance(3600)
        began = clock.now()
        site.comment(card, "the same words", by=ben)
        assert list(target.find_by_marker(MARKER, draft, began)) == []
        made = target.add_comment(draft, MARKER).ref
        assert list(target.find_by_marker(MARKER, draft, began)) == [made]

    def test_an_empty_comment_is_refused(self, target: Trello, card: e.Card) -> None:
        with pytest.raises(Invalid, match="needs a text"):
            target.add_comment(CommentDraft(ref(card), markdown("  \n")), MARKER)


class TestFiles:
    def test_bytes_come_back_also_over_the_store_of_the_vendor(
        self, target: Trello, card: e.Card, wire: Wire
    ) -> None:
        made = target.attach(FileDraft(ref(card), "plan ä.pdf", b"%PDF"), MARKER)
        assert target.download(made.ref) == b"%PDF"
        store = "https://trello-backups.example.net/signed?x=1"

        def elsewhere(request: SimRequest) -> SimResponse | None:
            if "/download/" in request.path:
                return SimResponse(302, [("Location", store)], b"")
            if request.path == "/signed":
                assert request.header("Authorization") is None, "no credentials travel to the store"
                return SimResponse(200, [("Content-Type", "application/pdf")], b"%PDF from the store")
            return None

        wire.before = elsewhere
        assert target.download(made.ref) == b"%PDF from the store"
        wire.sent = [request for request in wire.sent if request.path != "/signed"]

    def test_a_link_has_no_bytes(self, target: Trello, site: TrelloSimulator, card: e.Card) -> None:
        link = site.attach(card, "https://acme.example/plan")
        with pytest.raises(NotFound, match="a link, not a file"):
            target.download(Ref("trello", Kind.ATTACHMENT, f"{card.id}/{link.id}"))

    def test_a_file_too_large_for_the_account(self, target: Trello, card: e.Card, wire: Wire) -> None:
        wire.before = lambda request: (
            SimResponse(413, [], b"Request Entity Too Large")
            if request.path.endswith("/attachments")
            else None
        )
        with pytest.raises(Invalid, match="too large"):
            target.attach(FileDraft(ref(card), "big.bin", b"x"), MARKER)


class TestCanary:
    def canary(self, target: Trello, board: e.Board, clock: SimClock) -> dict[str, tuple[State, str]]:
        company = ("severity",)
        found = Canary(target, target.check(), board.id, company, clock=clock, marker=MARKER)
        return {finding.what: (finding.state, finding.text) for finding in found.findings()}

    @pytest.fixture
    def sandbox(self, connect: Connect, site: TrelloSimulator, board: e.Board) -> Trello:
        site.add_custom_field(board, "Severity", "list", options=["S1", "S2"])
        site.add_custom_field(board, "Points", "number")
        site.add_custom_field(board, "Priority", "list", options=["High", "Low"])
        fields = {"severity": "Severity", "estimate": "Points", "priority": "Priority"}
        return connect(access="write", fields=fields)

    def test_it_passes(self, sandbox: Trello, site: TrelloSimulator, board: e.Board, clock: SimClock) -> None:
        found = self.canary(sandbox, board, clock)
        assert {what: told for what, told in found.items() if told[0] is not State.OK} == {}
        assert {
            "create",
            "marker",
            "status",
            "labels",
            "severity",
            "comment",
            "file",
            "put away",
        } <= found.keys()
        assert [one.closed for one in site.cards.values()] == [True]

    def test_it_names_what_is_not_as_declared(
        self, sandbox: Trello, wire: Wire, board: e.Board, clock: SimClock
    ) -> None:
        def shorten(request: SimRequest) -> SimResponse | None:
            """A Trello that cuts every text to forty characters."""
            if request.method != "PUT" or not request.body or "desc" not in request.json():
                return None
            body = {**request.json(), "desc": request.json()["desc"][:40]}
            return wire.tool(SimRequest.of(request.method, request.path, body, request.headers))

        wire.before = shorten
        found = self.canary(sandbox, board, clock)
        assert found["description"][0] is State.DIFFERS
        assert [what for what, told in found.items() if told[0] is not State.OK] == ["description"]
