"""Tickets and what people do with them: every act leaves an audit, moves the times and sends its mails."""

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


class Work(Desk):
    """The account with its tickets. Acts take ``by`` (None: the system) and ``at``, so that a past can be acted out.

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

    # ---- what people do --------------------------------------------------------------------------------------------

    def create_ticket(
        self,
        requester: e.User,
        subject: str | None,
        body: str,
        *,
        by: e.User | None = None,
        at: datetime | None = None,
        channel: str = "web",
        public: bool = True,
        tags: Iterable[str] = (),
        followup_of: Ticket | None = None,
        **values: Any,
    ) -> Ticket:
        """A new ticket. ``values`` as in `edit`; with an assignee or a group of one it is born open."""
        draft = Draft(body, public=public, author=by or requester)
        wanted = {**self._values(values), "tags": list(tags)}
        return self.create(
            requester, subject, draft, by or requester, at, channel, wanted, followup_of=followup_of
        )

    def reply(
        self,
        ticket: Ticket,
        body: str,
        *,
        by: e.User,
        public: bool = True,
        at: datetime | None = None,
        channel: str = "web",
        attachments: Iterable[e.Attachment] = (),
        **values: Any,
    ) -> Comment:
        """A public reply or, with ``public`` False, an internal note; ``values`` as in `edit`."""
        draft = Draft(body, public=public, author=by, attachments=list(attachments))
        self.update(ticket, self._values(values), by, at, channel, draft)
        return ticket.comments[-1]

    def note(self, ticket: Ticket, body: str, *, by: e.User, at: datetime | None = None) -> Comment:
        return self.reply(ticket, body, by=by, public=False, at=at)

    def edit(
        self,
        ticket: Ticket,
        *,
        by: e.User | None = None,
        at: datetime | None = None,
        channel: str = "web",
        **values: Any,
    ) -> Audit | None:
        """Change fields by the names of `Ticket`, given as entities or as what the vendor stores.

        ``fields`` maps ticket fields to values, ``custom_status`` may be a `CustomStatus`. Returns None when nothing
        changed.
        """
        return self.update(ticket, self._values(values), by, at, channel)

    def tag(
        self,
        ticket: Ticket,
        *tags: str,
        remove: Iterable[str] = (),
        by: e.User | None = None,
        at: datetime | None = None,
    ) -> None:
        gone = {as_tag(tag) for tag in remove}
        kept = [tag for tag in ticket.tags if tag not in gone]
        self.update(ticket, {"tags": [*kept, *tags]}, by, at, "web")

    def solve(self, ticket: Ticket, *, by: e.User, at: datetime | None = None, **values: Any) -> None:
        """Solved by its assignee, or by the one who solves it if there was none."""
        assignee = ticket.assignee or by.id
        self.edit(ticket, by=by, at=at, **{"assignee": assignee, "status": "solved", **values})

    def close(self, ticket: Ticket, *, by: e.User | None = None, at: datetime | None = None) -> None:
        self.edit(ticket, by=by, at=at, status="closed")

    def merge(self, source: Ticket, into: Ticket, *, by: e.User, at: datetime | None = None) -> None:
        """The source is closed with a note of where it went; the target gets a note and names it in its history."""
        at = self.moment(at)
        told = Draft(
            f'This request was closed and merged into request #{into.id} "{into.subject}".', public=False
        )
        told.author = by
        self.update(
            source, {"status": "closed", "tags": [*source.tags, "closed_by_merge"]}, by, at, "web", told
        )
        heard = Draft(f'Request #{source.id} "{source.subject}" was closed and merged into this request.')
        heard.author, heard.public = by, False
        audit = self.update(into, {}, by, at, "web", heard)
        if audit:
            audit.merged = [source.id]

    def delete(self, ticket: Ticket, *, by: e.User | None = None, at: datetime | None = None) -> None:
        """Into the bin, where it lies for 30 days."""
        at = self.moment(at)
        self.catch_up(at)
        ticket.before_deletion, ticket.deleted = ticket.status, at
        ticket.deleted_by = by.id if by else SYSTEM
        self._audited(ticket, {"status": "deleted"}, by, at, "web")

    def restore(self, ticket: Ticket, *, by: e.User | None = None, at: datetime | None = None) -> None:
        """Out of the bin again."""
        at = self.moment(at)
        ticket.deleted = None
        self._audited(ticket, {"status": ticket.before_deletion}, by, at, "web")

    def delete_permanently(self, ticket: Ticket, *, at: datetime | None = None) -> None:
        """What the vendor also does by itself after 30 days: texts and files go, the number stays."""
        at = self.moment(at)
        if ticket.deleted is None:
            self.delete(ticket, at=at)
        ticket.scrubbed, ticket.recorded = True, None
        ticket.subject, ticket.description = "SCRUBBED", "X"
        ticket.assignee = ticket.group = ticket.organization = ticket.external_id = None
        ticket.tags, ticket.fields, ticket.comments = [], {}, []
        self.touch(ticket, at)

    def rate(
        self,
        ticket: Ticket,
        score: str,
        *,
        comment: str | None = None,
        at: datetime | None = None,
    ) -> e.Rating:
        """What the requester thinks: "good" or "bad". "offered" asks for it."""
        at = self.moment(at)
        known = self.ratings.get(ticket.rating or 0)
        if known:
            known.score, known.comment, known.updated = score, comment, at
            rating = known
        else:
            rating = e.Rating(
                self.next_id("rating"),
                ticket.id,
                score,
                comment,
                ticket.requester,
                ticket.assignee,
                ticket.group,
                at,
                at,
            )
            self.ratings[rating.id] = rating
            ticket.rating = rating.id
        ticket.recorded, ticket.updated = None, at
        self.touch(ticket, at)
        return rating

    def link_jira(
        self, ticket: Ticket, issue_id: str | int, issue_key: str, *, at: datetime | None = None
    ) -> e.JiraLink:
        at = self.moment(at)
        made = e.JiraLink(self.next_id("link"), ticket.id, str(issue_id), issue_key, at, at)
        self.jira_links[made.id] = made
        return made

    def system_update(self, ticket: Ticket, *, at: datetime | None = None) -> None:
        """What leaves no audit and does not move ``updated_at``, such as a recount of a metric."""
        self.touch(ticket, self.moment(at))

    def attachment(self, name: str, content: bytes, content_type: str = "text/plain") -> e.Attachment:
        token = "".join(self.random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=24))
        made = e.Attachment(self.next_id("attachment"), name, content_type, content, token)
        self.attachments[made.id] = made
        return made

    # ---- time ------------------------------------------------------------------------------------------------------

    def catch_up(self, now: datetime) -> None:
        """Do what the vendor does by itself until ``now``: close what is solved long enough, scrub what is deleted."""
        while self._due and self._due[0][0] <= now:
            due, id_ = heapq.heappop(self._due)
            self._age(self.tickets[id_], due)

    def _age(self, ticket: Ticket, now: datetime) -> None:
        solved = self._since(ticket, "solved") if ticket.status == "solved" else None
        if (
            solved
            and self.surveys
            and ticket.rating is None
            and ticket.public
            and solved + SURVEY_AFTER <= now
        ):
            self.rate(ticket, "offered", at=now)
            self._mail(ticket, now, "rating", "How would you rate the support you received?")
        if solved and solved + self.closes_after <= now:
            self._audited(ticket, {"status": "closed"}, None, now, "rule")
        if ticket.deleted and not ticket.scrubbed and ticket.deleted + BIN_DAYS <= now:
            self.delete_permanently(ticket, at=now)

    def _plan(self, ticket: Ticket, at: datetime) -> None:
        """Note when the vendor will look at the ticket again by itself."""
        waits = {"solved": (SURVEY_AFTER, self.closes_after), "deleted": (BIN_DAYS,)}
        for wait in waits.get(ticket.status, ()):
            heapq.heappush(self._due, (at + wait, ticket.id))

    @staticmethod
    def _since(ticket: Ticket, status: str) -> datetime | None:
        began = [at for at, value in ticket.status_at() if value == status]
        return began[-1] if began else None

    def touch(self, ticket: Ticket, at: datetime) -> None:
        """Move the time by which the exports are ordered; it is a little later than the change itself."""
        ticket.generated = max(ticket.generated, int(at.timestamp()) + self.random.randint(*self.stamp_lag))
        self.changes += 1

    def problems(self) -> frozenset[int]:
        """The tickets that have incidents."""
        if self._problems[0] != self.changes:
            self._problems = self.changes, frozenset(t.problem for t in self.tickets.values() if t.problem)
        return self._problems[1]

    # ---- the two ways a ticket is written --------------------------------------------------------------------------

    def create(
        self,
        requester: e.User,
        subject: str | None,
        draft: Draft,
        by: e.User,
        at: datetime | None,
        channel: str,
        values: Mapping[str, Any],
        *,
        followup_of: Ticket | None = None,
    ) -> Ticket:
        at = self.moment(at)
        self.catch_up(at)
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
        self._plan(ticket, at)
        reason = "received" if requester is by else "proactive"
        if comment.public:
            self._mail(ticket, at, reason, comment.plain)
        return ticket

    def update(
        self,
        ticket: Ticket,
        values: Mapping[str, Any],
        by: e.User | None,
        at: datetime | None,
        channel: str,
        draft: Draft | None = None,
    ) -> Audit | None:
        at = self.moment(at)
        self.catch_up(at)
        wanted = dict(values)
        if draft and by and not by.staff and ticket.status in ("pending", "hold", "solved"):
            wanted.setdefault("status", "open")
        audit = self._audited(ticket, wanted, by, at, channel, draft)
        if audit and draft and ticket.comments[-1].public and by and by.staff:
            self._mail(ticket, at, "comment", ticket.comments[-1].plain)
        return audit

    def _audited(
        self,
        ticket: Ticket,
        values: Mapping[str, Any],
        by: e.User | None,
        at: datetime,
        channel: str,
        draft: Draft | None = None,
    ) -> Audit | None:
        before, tags, fields = self._audited_values(ticket), list(ticket.tags), dict(ticket.fields)
        self._place(ticket, dict(values))
        events = [
            Event(0, "Change", name, value, before[name])
            for name, value in self._audited_values(ticket).items()
            if before[name] != value
        ]
        if ticket.tags != tags:
            events.append(Event(0, "Change", "tags", list(ticket.tags), tags))
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
            self._plan(ticket, at)
        return audit

    # ---- parts of it -----------------------------------------------------------------------------------------------

    def _place(self, ticket: Ticket, values: dict[str, Any]) -> None:
        """Put values in, with what follows: a status from an assignee, tags from choices, a group from its agent."""
        if "tags" in values:
            self._place_tags(ticket, values.pop("tags"))
        self._place_fields(ticket, values.pop("fields", {}))
        if "custom_status" in values:
            ticket.custom_status = values.pop("custom_status")
            values["status"] = self.custom_statuses[ticket.custom_status].category
            chosen = True
        else:
            chosen = False
        old = ticket.status, ticket.assignee
        for name, value in values.items():
            setattr(ticket, name, value)
        self._follow_assignment(ticket, values, old)
        if (
            (ticket.status != old[0] or not ticket.custom_status)
            and not chosen
            and ticket.status != "deleted"
        ):
            ticket.custom_status = self.default_status(ticket.status).id
        if ticket.type != "task":
            ticket.due = None
        if ticket.type != "incident":
            ticket.problem = None

    def _follow_assignment(
        self, ticket: Ticket, values: Mapping[str, Any], old: tuple[str, int | None]
    ) -> None:
        """An assignee brings the group and opens a new ticket; a new group without its agent drops the agent."""
        own = self.groups_of(self.users[ticket.assignee]) if ticket.assignee is not None else []
        if ticket.assignee is not None and ticket.group not in [group.id for group in own]:
            if "assignee" in values and "group" not in values:
                first = self.default_group_of(self.users[ticket.assignee]) or next(iter(own), None)
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

    def _mail(self, ticket: Ticket, at: datetime, reason: str, text: str) -> None:
        """To the requester and the copied who are not staff, as the triggers of a new account do."""
        for id_ in dict.fromkeys((ticket.requester, *ticket.email_ccs)):
            person = self.users.get(id_)
            if person and not person.staff and person.email:
                self.sent_to_customers.append(e.Mail(at, ticket.id, person.email, reason, text))

    def _values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Entities become the ids that a ticket stores; ``fields`` is keyed by id."""
        made = {}
        for name, value in values.items():
            if name == "fields":
                made[name] = {f if isinstance(f, int) else f.id: v for f, v in value.items()}
            elif name in AUDITED or name in ("tags", "followers", "email_ccs", "recipient"):
                made[name] = getattr(value, "id", value)
            else:
                raise TypeError(f"a ticket has no {name!r} to set")
        return made


def choice_tags(field_: e.TicketField, value: Any) -> list[str]:
    """The tags that a value of a field brings with it."""
    if field_.type == "tagger":
        return [value] if value else []
    if field_.type == "multiselect":
        return list(value or [])
    if field_.type == "checkbox":
        return [field_.tag] if value and field_.tag else []
    return []
