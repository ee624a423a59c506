"""What people do in an account, and what the vendor does by itself as time goes by."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from syncline_connectors.zendesk.simulator import entities as e
from syncline_connectors.zendesk.simulator.desk import as_tag
from syncline_connectors.zendesk.simulator.filing import (
    AUDITED,
    BIN_DAYS,
    SURVEY_AFTER,
    SYSTEM,
    Draft,
    Filing,
)
from syncline_connectors.zendesk.simulator.tickets import Audit, Comment, Ticket


class Work(Filing):
    """An account to act in. Acts take ``by`` (None: the system) and ``at``, so that a past can be acted out."""

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
            requester,
            subject,
            draft,
            by or requester,
            self._when(at),
            channel,
            wanted,
            followup_of=followup_of,
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
        """A public reply or, with ``public`` False, an internal note; ``values`` as in `edit`.

        What a customer replies to a closed ticket begins a new one.
        """
        when = self._when(at)
        if ticket.closed and not by.staff:
            after = self.create_ticket(by, ticket.subject, body, at=when, channel=channel, followup_of=ticket)
            return after.comments[0]
        draft = Draft(body, public=public, author=by, attachments=list(attachments))
        self.update(_open(ticket), self._values(values), by, when, channel, draft)
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
        when = self._when(at)
        return self.update(_open(ticket), self._values(values), by, when, channel)

    def tag(
        self,
        ticket: Ticket,
        *tags: str,
        remove: Iterable[str] = (),
        by: e.User | None = None,
        at: datetime | None = None,
    ) -> None:
        gone, when = {as_tag(tag) for tag in remove}, self._when(at)
        kept = [tag for tag in ticket.tags if tag not in gone]
        self.update(_open(ticket), {"tags": [*kept, *tags]}, by, when, "web")

    def solve(self, ticket: Ticket, *, by: e.User, at: datetime | None = None, **values: Any) -> None:
        """Solved by its assignee, or by the one who solves it if there was none."""
        assignee = ticket.assignee or by.id
        self.edit(ticket, by=by, at=at, **{"assignee": assignee, "status": "solved", **values})

    def close(self, ticket: Ticket, *, by: e.User | None = None, at: datetime | None = None) -> None:
        self.edit(ticket, by=by, at=at, status="closed")

    def merge(self, source: Ticket, into: Ticket, *, by: e.User, at: datetime | None = None) -> None:
        """The source is closed with a note of where it went; the target gets a note and names it in its history."""
        at = self._when(at)
        told = f'This request was closed and merged into request #{into.id} "{into.subject}".'
        _open(into)
        closing = {"status": "closed", "tags": [*source.tags, "closed_by_merge"]}
        self.update(_open(source), closing, by, at, "web", Draft(told, public=False, author=by))
        heard = f'Request #{source.id} "{source.subject}" was closed and merged into this request.'
        audit = self.update(into, {}, by, at, "web", Draft(heard, public=False, author=by))
        if audit:
            audit.merged = [source.id]

    def delete(self, ticket: Ticket, *, by: e.User | None = None, at: datetime | None = None) -> None:
        """Into the bin, where it lies for 30 days."""
        at = self._when(at)
        ticket.before_deletion, ticket.deleted = ticket.status, at
        ticket.deleted_by = by.id if by else SYSTEM
        self.change(ticket, {"status": "deleted"}, by, at, "web")

    def restore(self, ticket: Ticket, *, by: e.User | None = None, at: datetime | None = None) -> None:
        """Out of the bin again."""
        at = self._when(at)
        ticket.deleted = None
        self.change(ticket, {"status": ticket.before_deletion}, by, at, "web")

    def delete_permanently(self, ticket: Ticket, *, at: datetime | None = None) -> None:
        """What the vendor also does by itself after 30 days: texts and files go, the number stays."""
        at = self._when(at)
        if ticket.deleted is None:
            self.delete(ticket, at=at)
        ticket.scrubbed, ticket.recorded = True, None
        ticket.subject, ticket.description = "SCRUBBED", "X"
        ticket.assignee = ticket.group = ticket.organization = ticket.external_id = None
        ticket.tags, ticket.fields, ticket.comments = [], {}, []
        for audit in ticket.audits:
            audit.events = [event for event in audit.events if event.comment is None]
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
        at = self._when(at)
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
        at = self._when(at)
        made = e.JiraLink(self.next_id("link"), ticket.id, str(issue_id), issue_key, at, at)
        self.jira_links[made.id] = made
        return made

    def system_update(self, ticket: Ticket, *, at: datetime | None = None) -> None:
        """What leaves no audit and does not move ``updated_at``, such as a recount of a metric."""
        self.touch(ticket, self._when(at))

    def attachment(self, name: str, content: bytes, content_type: str = "text/plain") -> e.Attachment:
        token = "".join(self.random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=24))
        made = e.Attachment(self.next_id("attachment"), name, content_type, content, token)
        self.attachments[made.id] = made
        return made

    # ---- time ------------------------------------------------------------------------------------------------------

    def _when(self, at: datetime | None) -> datetime:
        """The moment of an act, up to which the vendor has done its part."""
        moment = self.moment(at)
        self.catch_up(moment)
        return moment

    def catch_up(self, now: datetime) -> None:
        """Do what the vendor does by itself until ``now``: close what is solved long enough, scrub what is deleted."""
        while self._due and self._due[0][0] <= now:
            due, id_ = heapq.heappop(self._due)
            self._age(self.tickets[id_], due)

    def _age(self, ticket: Ticket, now: datetime) -> None:
        solved = self._since(ticket, "solved") if ticket.status == "solved" else None
        unasked = self.surveys and ticket.rating is None and ticket.public
        if solved and unasked and solved + SURVEY_AFTER <= now:
            self.rate(ticket, "offered", at=now)
            self.mail(ticket, now, "rating", "How would you rate the support you received?")
        if solved and solved + self.closes_after <= now:
            self.change(ticket, {"status": "closed"}, None, now, "rule")
        if ticket.deleted and not ticket.scrubbed and ticket.deleted + BIN_DAYS <= now:
            self.delete_permanently(ticket, at=now)

    @staticmethod
    def _since(ticket: Ticket, status: str) -> datetime | None:
        began = [at for at, value in ticket.status_at() if value == status]
        return began[-1] if began else None

    # ---- names ---------------------------------------------------------------------------------------------------

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


def _open(ticket: Ticket) -> Ticket:
    """Raises ValueError for a ticket that takes no change any more."""
    if ticket.closed:
        raise ValueError(f"ticket {ticket.id} is closed")
    return ticket
