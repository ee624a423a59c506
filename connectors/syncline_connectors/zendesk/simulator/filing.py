"""How a ticket is written: values put in place with what follows from them, an audit, the times, the mails."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from syncline.seams import Clock
from syncline_connectors.zendesk.simulator import entities as e
from syncline_connectors.zendesk.simulator import texts
from syncline_connectors.zendesk.simulator.desk import Desk, as_tag
from syncline_connectors.zendesk.simulator.tickets import Audit, Comment, Event, Ticket

SYSTEM = -1
CLOSE_AFTER = timedelta(days=4)
SURVEY_AFTER = timedelta(days=1)
BIN_DAYS = timedelta(days=30)
AUDITED = (
    "subject",
    "requester",
    "assignee",
    "group",
    "priority",
    "type",
    "status",
    "organization",
    "brand",
    "form",
    "custom_status",
    "external_id",
    "problem",
    "due",
)
_ALWAYS = (
    "subject",
    "requester",
    "priority",
    "type",
    "status",
    "organization",
    "brand",
    "form",
    "custom_status",
)
"""What a creation is always told with, null or not; the others only when set. As recorded."""


@dataclass
class Draft:
    """A comment that is about to be made."""

    body: str | None = None
    html: str | None = None
    public: bool = True
    author: e.User | None = None
    attachments: list[e.Attachment] = field(default_factory=list)

    def texts(self) -> tuple[str, str, str]:
        return texts.from_html(self.html) if self.html is not None else texts.from_body(self.body or "")


class Filing(Desk):
    """The account's tickets and the two ways to write them. Everything here takes and stores ids.

    ``sent_to_customers`` is every e-mail that went to somebody outside. ``closes_after`` is how long a ticket stays
    solved before the vendor closes it. ``surveys``: ask for a rating a day after a ticket was solved.
    """

    def __init__(self, clock: Clock, *, seed: int, subdomain: str, stamp_lag: tuple[int, int]) -> None:
        super().__init__(clock, seed=seed, subdomain=subdomain)
        self.tickets: dict[int, Ticket] = {}
        self.sent_to_customers: list[e.Mail] = []
        self.closes_after, self.surveys = CLOSE_AFTER, False
        self.stamp_lag = stamp_lag
        self.changes = 0
        self._due: list[tuple[datetime, int]] = []
        self._problems: tuple[int, frozenset[int]] = (-1, frozenset())

    # ---- the two ways a ticket is written --------------------------------------------------------------------------

    def create(
        self,
        requester: e.User,
        subject: str | None,
        draft: Draft,
        by: e.User,
        at: datetime,
        channel: str,
        values: Mapping[str, Any],
        *,
        followup_of: Ticket | None = None,
    ) -> Ticket:
        ticket = Ticket(
            self.next_id("ticket"),
            at,
            at,
            0,
            requester.id,
            by.id,
            channel,
            self.default_brand.id,
            self.default_form.id,
            subject=subject,
        )
        ticket.organization = requester.organization.id if requester.organization else None
        if followup_of:
            ticket.followup_of = followup_of.id
            followup_of.followups.append(ticket.id)
            self.touch(followup_of, at)
        self.tickets[ticket.id] = ticket
        self._place(ticket, dict(values))
        audit = self._audit(ticket, by.id, at, channel)
        comment = self._comment(ticket, draft, audit, by, at)
        ticket.description = comment.plain
        self._tell_creation(ticket, audit)
        self.touch(ticket, at)
        self.plan(ticket, at)
        reason = "received" if requester is by else "proactive"
        if comment.public:
            self.mail(ticket, at, reason, comment.plain, audit)
        return ticket

    def update(
        self,
        ticket: Ticket,
        values: Mapping[str, Any],
        by: e.User | None,
        at: datetime,
        channel: str,
        draft: Draft | None = None,
    ) -> Audit | None:
        wanted = dict(values)
        if draft and by and not by.staff and ticket.status in ("pending", "hold", "solved"):
            wanted.setdefault("status", "open")
        audit = self.change(ticket, wanted, by, at, channel, draft)
        if audit and draft and ticket.comments[-1].public and by and by.staff:
            self.mail(ticket, at, "comment", ticket.comments[-1].plain, audit)
        return audit

    def change(
        self,
        ticket: Ticket,
        values: Mapping[str, Any],
        by: e.User | None,
        at: datetime,
        channel: str,
        draft: Draft | None = None,
    ) -> Audit | None:
        before, tags, fields = self._audited_values(ticket), list(ticket.tags), dict(ticket.fields)
        copied = list(ticket.email_ccs)
        self._place(ticket, dict(values))
        events = [
            Event(0, "Change", name, value, before[name])
            for name, value in self._audited_values(ticket).items()
            if before[name] != value
        ]
        if ticket.tags != tags:
            events.append(Event(0, "Change", "tags", list(ticket.tags), tags))
        if ticket.email_ccs != copied:
            events.append(Event(0, "Change", "email_cc_ids", list(ticket.email_ccs), copied))
        changed = [i for i in {**fields, **ticket.fields} if fields.get(i) != ticket.fields.get(i)]
        events += [Event(0, "Change", str(i), ticket.fields.get(i), fields.get(i)) for i in changed]
        if not events and draft is None:
            return None
        audit = self._audit(ticket, by.id if by else SYSTEM, at, channel)
        if draft:
            self._comment(ticket, draft, audit, by, at)
        for event in events:
            event.id = self.next_id("audit")
        audit.events += events
        ticket.updated, ticket.recorded = max(ticket.updated, at), None
        self.touch(ticket, at)
        if before["status"] != ticket.status:
            self.plan(ticket, at)
        return audit

    # ---- parts of it -----------------------------------------------------------------------------------------------

    def _place(self, ticket: Ticket, values: dict[str, Any]) -> None:
        """Put values in, with what follows: a status from an assignee, tags from choices, a group from its agent."""
        if "tags" in values:
            self._place_tags(ticket, values.pop("tags"))
        self._place_fields(ticket, values.pop("fields", {}))
        if "custom_status" in values:
            values["status"] = self.custom_statuses[values["custom_status"]].category
        status = ticket.status
        for name, value in values.items():
            setattr(ticket, name, value)
        self._follow_assignment(ticket, values)
        moved = ticket.status not in (status, "deleted") or not ticket.custom_status
        if moved and "custom_status" not in values:
            ticket.custom_status = self.default_status(ticket.status).id
        if ticket.type != "task":
            ticket.due = None
        if ticket.type != "incident":
            ticket.problem = None

    def _follow_assignment(self, ticket: Ticket, values: Mapping[str, Any]) -> None:
        """An assignee brings the group and opens a new ticket; a new group without its agent drops the agent."""
        agent = self.users.get(ticket.assignee or 0)
        own = self.groups_of(agent) if agent else []
        if agent and ticket.group not in [group.id for group in own]:
            if "assignee" in values and "group" not in values:
                first = self.default_group_of(agent) or next(iter(own), None)
                ticket.group = first.id if first else ticket.group
            elif "group" in values and "assignee" not in values:
                ticket.assignee = None
        if ticket.assignee is not None and ticket.status == "new" and "status" not in values:
            ticket.status = "open"

    def _place_fields(self, ticket: Ticket, wanted: Mapping[int, Any]) -> None:
        """A choice also stands among the tags: the old one's tag goes, the new one's comes."""
        for id_, value in wanted.items():
            field_ = self.fields[id_]
            gone = set(choice_tags(field_, ticket.fields.get(id_)))
            come = choice_tags(field_, value)
            ticket.tags = sorted({tag for tag in ticket.tags if tag not in gone} | set(come))
            if value in (None, "", []):
                ticket.fields.pop(id_, None)
            else:
                ticket.fields[id_] = value

    def _place_tags(self, ticket: Ticket, wanted: Iterable[str]) -> None:
        """Without doubles, in order of the alphabet; a choice whose tag goes, goes too."""
        ticket.tags = sorted({as_tag(tag) for tag in wanted if tag.strip()})
        for id_ in list(ticket.fields):
            left = set(choice_tags(self.fields[id_], ticket.fields[id_])) - set(ticket.tags)
            if left and isinstance(ticket.fields[id_], list):
                ticket.fields[id_] = [value for value in ticket.fields[id_] if value not in left]
            elif left:
                del ticket.fields[id_]

    def _audit(self, ticket: Ticket, author: int, at: datetime, channel: str) -> Audit:
        audit = Audit(self.next_id("audit"), ticket.id, author, at, channel)
        ticket.audits.append(audit)
        return audit

    def _comment(
        self, ticket: Ticket, draft: Draft, audit: Audit, by: e.User | None, at: datetime
    ) -> Comment:
        author = draft.author or by or self.users[ticket.submitter]
        public = draft.public and not (author.staff and author.private_comments_only)
        comment = Comment(
            self.next_id("audit"),
            author,
            *draft.texts(),
            public,
            at,
            audit.id,
            audit.channel,
            draft.attachments,
        )
        ticket.comments.append(comment)
        audit.events.insert(0, Event(comment.id, "Comment", comment=comment))
        return comment

    def _tell_creation(self, ticket: Ticket, audit: Audit) -> None:
        for name, value in self._audited_values(ticket).items():
            if name in _ALWAYS or value is not None:
                audit.events.append(Event(self.next_id("audit"), "Create", name, value))
        if ticket.tags:
            audit.events.append(Event(self.next_id("audit"), "Create", "tags", list(ticket.tags)))
        for id_, value in ticket.fields.items():
            audit.events.append(Event(self.next_id("audit"), "Create", str(id_), value))

    @staticmethod
    def _audited_values(ticket: Ticket) -> dict[str, Any]:
        return {name: getattr(ticket, name) for name in AUDITED}

    def mail(self, ticket: Ticket, at: datetime, reason: str, text: str, audit: Audit | None = None) -> None:
        """To the requester and the copied who are not staff, as the triggers of a new account do. An audit tells it."""
        heard = []
        for id_ in dict.fromkeys((ticket.requester, *ticket.email_ccs)):
            person = self.users.get(id_)
            if person and not person.staff and person.email:
                self.sent_to_customers.append(e.Mail(at, ticket.id, person.email, reason, text))
                heard.append(id_)
        if audit and heard:
            told = Event(self.next_id("audit"), "Notification", value=reason, body=text, recipients=heard)
            audit.events.append(told)

    # ---- time ----------------------------------------------------------------------------------------------------

    def plan(self, ticket: Ticket, at: datetime) -> None:
        """Note when the vendor will look at the ticket again by itself."""
        waits = {"solved": (SURVEY_AFTER, self.closes_after), "deleted": (BIN_DAYS,)}
        for wait in waits.get(ticket.status, ()):
            heapq.heappush(self._due, (at + wait, ticket.id))

    def touch(self, ticket: Ticket, at: datetime) -> None:
        """Move the time by which the exports are ordered; it is a little later than the change itself."""
        ticket.generated = max(ticket.generated, int(at.timestamp()) + self.random.randint(*self.stamp_lag))
        self.changes += 1

    def problems(self) -> frozenset[int]:
        """The tickets that have incidents."""
        if self._problems[0] != self.changes:
            self._problems = self.changes, frozenset(t.problem for t in self.tickets.values() if t.problem)
        return self._problems[1]


def choice_tags(field_: e.TicketField, value: Any) -> list[str]:
    """The tags that a value of a field brings with it."""
    if field_.type == "tagger":
        return [value] if value else []
    if field_.type == "multiselect":
        return list(value or [])
    if field_.type == "checkbox":
        return [field_.tag] if value and field_.tag else []
    return []
