"""Customers cannot be reached: whatever is asked of the connector, and whatever it would send itself.

The number of random schedules is 60; ``SYNCLINE_FENCE_SCHEDULES=10000`` runs more, ``SYNCLINE_FENCE_SEED`` others.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.zendesk.world import Lab, ref

from syncline.errors import SynclineError, Unsupported
from syncline.model import Kind, Priority, Ref, Text, TextFormat, Visibility
from syncline.sim import SimRequest
from syncline.sim.faults import Fault, Faults
from syncline.target import AddRemove, Change, CommentDraft, Draft, FileDraft, Move, Removal, Set
from syncline_connectors.zendesk.catalogue import parse_statuses
from syncline_connectors.zendesk.fence import Fence

SCHEDULES = int(os.environ.get("SYNCLINE_FENCE_SCHEDULES", "60"))
SEED = int(os.environ.get("SYNCLINE_FENCE_SEED", "1"))
STEPS = 6
FAILING = {
    Fault.TIMEOUT_AFTER: 0.05,
    Fault.DROP_BEFORE: 0.03,
    Fault.BAD_GATEWAY: 0.03,
    Fault.TRUNCATED_JSON: 0.05,
}
WORDS = (
    "Solved",
    "Closed",
    "closed",
    "solved",
    "Done",
    "Fixed",
    "Open",
    "Pending",
    "On-hold",
    "New",
    "no such status",
)
FINAL = {"solved", "closed"}
QUIET_KEYS = {
    *(
        "subject",
        "priority",
        "type",
        "assignee_id",
        "group_id",
        "custom_fields",
        "custom_status_id",
        "status",
        "tags",
    ),
    *("comment", "metadata", "safe_update", "updated_stamp", "external_id"),
}


# ---- the judge: knows nothing of the connector ---------------------------------------------------------------------


def reaches_customers(lab: Lab, request: SimRequest) -> str | None:
    """Why a request would reach a customer; None where it would not."""
    if request.method == "GET" or "/uploads" in request.path:
        return None
    if request.method == "DELETE" and not request.path.endswith("/tags"):
        return None
    if request.path.endswith("/tags"):
        return None
    body = request.json()
    ticket = body.get("ticket")
    if not isinstance(ticket, dict) or set(body) != {"ticket"}:
        return f"{request.path} is no single ticket"
    if unknown := set(ticket) - QUIET_KEYS:
        return f"it names {sorted(unknown)}"
    comment = ticket.get("comment")
    if comment is not None and (not isinstance(comment, Mapping) or comment.get("public") is not False):
        return "a comment does not say that it is internal"
    if request.method == "POST" and comment is None:
        return "a ticket begins with a comment that does not say that it is internal"
    custom = lab.desk.custom_statuses.get(ticket.get("custom_status_id") or 0)
    if ticket.get("status") in FINAL or (custom is not None and custom.category in FINAL):
        return "the ticket is finished"
    return None


# ---- random schedules ----------------------------------------------------------------------------------------------


class Schedule:
    """One account, one connector with its usual settings, and steps drawn from a seed."""

    def __init__(self, folder: Path, seed: int, *, customer_visible: bool = False) -> None:
        self.random = random.Random(seed)
        self.lab = Lab(folder)
        self.lab.desk.add_custom_status("Fixed", "solved")
        self.lab.desk.add_custom_status("Waiting for parts", "hold")
        self.tickets = [self.lab.ticket(f"ticket {number}") for number in range(2)]
        self.lab.desk.edit(self.tickets[1], by=self.lab.ben, assignee=self.lab.ben)
        self.lab.wire.before = self._fails
        self.faults = Faults(self.lab.desk, self.lab.clock, FAILING, seed=seed)
        fields = {"severity": "Severity"}
        self.target = self.lab.connect(access="write", fields=fields, customer_visible=customer_visible)
        self.steps: tuple[Callable[[], object], ...] = (
            *(self.update, self.create, self.comment, self.attach, self.remove, self.note, self.send),
        )

    def _fails(self, request: SimRequest) -> Any:
        return self.faults(request)

    def run(self) -> None:
        for _ in range(STEPS):
            with suppress(SynclineError, ValueError):
                self.random.choice(self.steps)()

    def _ref(self) -> Ref:
        return ref(self.random.choice(self.tickets))

    def _change(self, name: str) -> Change:
        if name == "status":
            path = self.random.sample(WORDS, self.random.randrange(3))
            chosen = self.random.choice((*WORDS, "Waiting for parts"))
            return Move(chosen, tuple(path)) if self.random.random() < 0.9 else Set(chosen)
        values: Mapping[str, tuple[Any, ...]] = {
            "title": ("a title", "", "x" * 70_000, "two\nlines"),
            "priority": (Priority.HIGH, Priority.NONE, None),
            "type": ("task", "incident", "epic", None),
            "assignees": ((str(self.lab.ben.id),), (str(self.lab.cleo.id),), (), ("nobody",)),
            "labels": (("one",), ("Two Words",), ()),
            "severity": ("S1", "S9", None),
            "description": (Text(format=TextFormat.MARKDOWN, source="words"),),
        }
        given = self.random.choice(values.get(name, (str(self.lab.cleo.id), "solved", True, None)))
        if name == "labels" and self.random.random() < 0.5:
            return AddRemove(given, ("two_words",))
        return Set(given)

    def update(self) -> None:
        names = ("title", "priority", "type", "assignees", "labels", "severity", "status", "description")
        odd = (
            "requester",
            "requester_id",
            "comment",
            "public",
            "email_ccs",
            "custom_status_id",
            "follower_ids",
        )
        chosen = self.random.sample((*names, "status", *odd), self.random.randrange(1, 5))
        self.target.update(self._ref(), {name: self._change(name) for name in chosen}, {})

    def create(self) -> None:
        names = (
            "priority",
            "type",
            "assignees",
            "labels",
            "severity",
            "status",
            "description",
            "requester",
            "public",
        )
        fields: dict[str, Any] = {"title": "made"}
        for name in self.random.sample(names, self.random.randrange(5)):
            change = self._change(name)
            if isinstance(change, Set):
                fields[name] = change.value
        kind = self.random.choice((Kind.TICKET, Kind.TICKET, Kind.ISSUE))
        self.target.create(
            Draft(kind, str(self.lab.tier1.id), None, fields), f"marker-{self.random.random()}"
        )

    def comment(self) -> None:
        body = Text(format=self.random.choice((TextFormat.MARKDOWN, TextFormat.HTML)), source="<p>words</p>")
        draft = CommentDraft(self._ref(), body, self.random.choice(tuple(Visibility)))
        self.target.add_comment(draft, f"marker-{self.random.random()}")

    def note(self) -> None:
        body = Text(format=TextFormat.MARKDOWN, source="words")
        comment = Ref("demo.zendesk.com", Kind.COMMENT, "1")
        if self.random.random() < 0.5:
            self.target.edit_comment(comment, self._ref(), body)
        else:
            self.target.remove_comment(comment, self._ref())

    def attach(self) -> None:
        self.target.attach(FileDraft(self._ref(), "notes.txt", b"bytes"), f"marker-{self.random.random()}")

    def remove(self) -> None:
        if self.random.random() < 0.2:
            self.target.remove(self._ref(), self.random.choice(tuple(Removal)))

    def send(self) -> None:
        """A mistake of ours: the connector's own client is asked to send what must not leave."""
        http = self.target._api.http
        number = self.random.choice(self.tickets).id
        ticket = dict(self.random.sample(MISTAKES, self.random.randrange(1, 4)))
        solved = self.lab.desk.default_status("solved").id
        if "custom_status_id" in ticket:
            ticket["custom_status_id"] = self.random.choice((solved, str(solved), 1))
        body: Any = self.random.choice(
            ({"ticket": ticket}, {"tickets": [{"id": number, **ticket}]}, ticket, [ticket])
        )
        many, one = "/api/v2/tickets/update_many", f"/api/v2/tickets/{number}"
        self.random.choice(
            (
                lambda: http.put(one, json=body),
                lambda: http.put(f"{one}?async=true", json=body),
                lambda: http.put(f"{one}.json", json=body),
                lambda: http.put(many, json=body, params={"ids": str(number)}),
                lambda: http.post("/api/v2/tickets", json=body),
                lambda: http.post("/api/v2/tickets/create_many", json=body),
                lambda: http.post("/api/v2/imports/tickets", json=body),
                lambda: http.put(f"/api/v2/requests/{number}", json={"request": ticket}),
                lambda: http.put(f"{one}/merge", json={"ids": [number]}),
                lambda: http.post(f"{one}/merge", json={"ids": [number], "target_comment_is_public": True}),
                lambda: http.put(
                    f"/api/v2/users/{self.lab.cleo.id}", json={"user": {"email": "new@example.net"}}
                ),
            )
        )()


class Allowed(Schedule):
    """The same with a connection that may speak to customers; what asks for it is noted, and some of it does.

    What the connector's client is asked to send by mistake is left out: only the rules above it know the second key.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__(folder, seed, customer_visible=True)
        self.steps = (
            *(self.update, self.create, self.comment, self.attach, self.remove, self.note, self.solve),
        )
        self.replies: list[str] = []
        self.solving = 0

    def _change(self, name: str) -> Change:
        change = super()._change(name)
        if not isinstance(change, Move) or self.random.random() < 0.5:
            return change
        self.solving += 1
        return replace(change, visibility=Visibility.CUSTOMER)

    def solve(self) -> None:
        """What a status with both keys asks for."""
        self.solving += 1
        self.target.update(self._ref(), {"status": Move("Solved", visibility=Visibility.CUSTOMER)}, {})

    def comment(self) -> None:
        words = f"words {self.random.random()}"
        visibility = self.random.choice(tuple(Visibility))
        if visibility is Visibility.CUSTOMER:
            self.replies.append(words)
        body = Text(format=TextFormat.MARKDOWN, source=words)
        self.target.add_comment(CommentDraft(self._ref(), body, visibility), f"marker-{self.random.random()}")


MISTAKES: tuple[tuple[str, Any], ...] = (
    ("comment", {"body": "words"}),
    ("comment", {"body": "words", "public": True}),
    ("comment", {"body": "words", "public": None}),
    ("comment", {"body": "words", "public": "false"}),
    ("comment", {"body": "words", "public": 0}),
    ("comment", {"body": "words", "public": False, "author_id": 1}),
    ("comment", "words"),
    ("status", "solved"),
    ("status", "closed"),
    ("status", "SOLVED"),
    ("custom_status_id", 0),
    ("requester_id", 1),
    ("requester", {"email": "new@example.net"}),
    ("collaborators", ["new@example.net"]),
    ("email_ccs", [{"user_email": "new@example.net"}]),
    ("followers", [{"user_email": "new@example.net"}]),
    ("recipient", "support@example.com"),
    ("macro_ids", [1]),
    ("subject", "harmless"),
)


@pytest.mark.timeout(120 + SCHEDULES // 10)
def test_no_random_schedule_reaches_a_customer(tmp_path: Path) -> None:
    sent = 0
    for number in range(SCHEDULES):
        schedule = Schedule(tmp_path, SEED * 1_000_000 + number)
        before = len(schedule.lab.desk.sent_to_customers)
        schedule.run()
        lab = schedule.lab
        sent += len(lab.wire.written())
        for request in lab.wire.written():
            reason = reaches_customers(lab, request)
            assert reason is None, (
                f"seed {SEED}, schedule {number}: {request.method} {request.path}: {reason}"
            )
        ledger = lab.desk.ledger
        found = [*ledger.public, *ledger.solved, *ledger.closed, *ledger.people]
        assert not found, f"seed {SEED}, schedule {number}: {found[0]}"
        assert len(lab.desk.sent_to_customers) == before, (
            f"seed {SEED}, schedule {number}: somebody was mailed"
        )
    assert sent > SCHEDULES / 2, "schedules that send nothing prove nothing"


@pytest.mark.timeout(120 + SCHEDULES // 10)
def test_where_both_keys_are_set_customers_read_what_is_meant_for_them_and_nothing_else(
    tmp_path: Path,
) -> None:
    public = solved = 0
    for number in range(SCHEDULES):
        schedule = Allowed(tmp_path, SEED * 1_000_000 + number)
        schedule.run()
        ledger = schedule.lab.desk.ledger
        told = f"seed {SEED}, schedule {number}"
        for write in ledger.public:
            words = write.values["comment"].get("html_body", "")
            assert any(reply in words for reply in schedule.replies), f"{told}: {write}"
        assert not [*ledger.closed, *ledger.people], told
        assert schedule.solving or not ledger.solved, f"{told}: {ledger.solved[0]}"
        public += len(ledger.public)
        solved += len(ledger.solved)
    assert public > SCHEDULES / 10, "schedules that reach nobody prove nothing"
    assert solved, "nor such that finish nothing"


# ---- the rule alone ------------------------------------------------------------------------------------------------

BASE = "https://demo.zendesk.com"
NOTE = {"html_body": "<p>words</p>", "public": False}


def fence(*, to_customers: bool = False) -> Fence:
    made = Fence(BASE, to_customers=to_customers)
    entries = [
        {"id": 1, "status_category": "open", "agent_label": "Open"},
        {"id": 9, "status_category": "solved"},
    ]
    made.learn(parse_statuses({"custom_statuses": entries}))
    return made


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "tickets/7", {"ticket": {"subject": "words"}}),
        ("PUT", "tickets/7", {"ticket": {"comment": NOTE, "metadata": {"syncline": "m"}}}),
        ("PUT", "tickets/7", {"ticket": {"custom_status_id": 1}}),
        ("PUT", "tickets/7", {"ticket": {"status": "pending"}}),
        ("POST", "tickets", {"ticket": {"subject": "words", "comment": NOTE}}),
        ("PUT", "tickets/7/tags", {"tags": ["one"]}),
        ("DELETE", "tickets/7/tags", {"tags": ["one"]}),
        ("POST", "uploads", None),
        ("DELETE", "tickets/7", None),
        ("PUT", "tickets/7/comments/8/make_private", None),
    ],
)
def test_what_is_internal_may_leave(method: str, path: str, body: Any) -> None:
    fence().check(method, f"{BASE}/api/v2/{path}", body)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "tickets/7", {"ticket": {"comment": {"html_body": "words"}}}),
        ("PUT", "tickets/7", {"ticket": {"comment": {"html_body": "words", "public": True}}}),
        ("PUT", "tickets/7", {"ticket": {"comment": {**NOTE, "author_id": 1}}}),
        ("PUT", "tickets/7", {"ticket": {"status": "solved"}}),
        ("PUT", "tickets/7", {"ticket": {"status": "closed"}}),
        ("PUT", "tickets/7", {"ticket": {"custom_status_id": 9}}),
        ("PUT", "tickets/7", {"ticket": {"custom_status_id": 77}}),
        ("PUT", "tickets/7", {"ticket": {"requester_id": 1}}),
        ("PUT", "tickets/7", {"ticket": {"subject": "words"}, "comment": NOTE}),
        ("PUT", "tickets/7", None),
        ("POST", "tickets", {"ticket": {"subject": "words"}}),
        ("POST", "tickets", {"ticket": {"comment": "words"}}),
        ("PUT", "tickets/update_many", {"ticket": {"subject": "words"}}),
        ("PUT", "users/7", {"user": {}}),
        ("DELETE", "users/7", None),
        ("PUT", "tickets/7/../8", {"ticket": {"subject": "words"}}),
    ],
)
def test_everything_else_may_not(method: str, path: str, body: Any) -> None:
    with pytest.raises(Unsupported):
        fence().check(method, f"{BASE}/api/v2/{path}", body)


def test_customers_are_reached_only_where_the_connection_says_so() -> None:
    shown = {"ticket": {"comment": {"html_body": "words", "public": True}}}
    for body in (shown, {"ticket": {"status": "solved"}}, {"ticket": {"custom_status_id": 9}}):
        fence(to_customers=True).check("PUT", f"{BASE}/api/v2/tickets/7", body)
    for closing in ({"status": "closed"}, {"requester_id": 1}, {"comment": {"html_body": "words"}}):
        with pytest.raises(Unsupported):
            fence(to_customers=True).check("PUT", f"{BASE}/api/v2/tickets/7", {"ticket": closing})


def test_the_connection_and_the_draft_must_both_want_it(lab: Lab) -> None:
    made = lab.ticket()
    words = Text(format=TextFormat.MARKDOWN, source="words")
    open_to_all = lab.connect(access="write", customer_visible=True)
    open_to_all.add_comment(CommentDraft(ref(made), words), "m1")
    assert not made.comments[-1].public
    open_to_all.add_comment(CommentDraft(ref(made), words, Visibility.CUSTOMER), "m2")
    assert made.comments[-1].public
    with pytest.raises(Unsupported, match="customer_visible"):
        lab.connect(access="write").add_comment(CommentDraft(ref(made), words, Visibility.CUSTOMER), "m3")
