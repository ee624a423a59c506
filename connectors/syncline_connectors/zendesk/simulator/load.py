"""Puts the vendor's own documents into a simulated account, which then serves them as they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from syncline_connectors.zendesk.simulator import entities as e
from syncline_connectors.zendesk.simulator import texts
from syncline_connectors.zendesk.simulator.entities import Json, moment_of
from syncline_connectors.zendesk.simulator.tickets import Audit, Comment, Event, Ticket
from syncline_connectors.zendesk.simulator.work import Work

_OURS = {theirs: ours for ours, theirs in e.VENDOR_NAMES.items()}


class Loader:
    """Loads documents in the order of its methods: people before tickets, tickets before their audits.

    Furniture that tickets name (brand, form, statuses) takes the place of the simulator's own.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    # ---- people and places -----------------------------------------------------------------------------------------

    def organizations(self, documents: Iterable[Json]) -> None:
        for row in documents:
            self._work.organizations[row["id"]] = e.Organization(
                row["id"],
                row["name"],
                moment_of(row["created_at"]),
                moment_of(row["updated_at"]),
                row["organization_fields"],
                row["tags"],
                row["domain_names"],
                row["external_id"],
            )

    def users(self, documents: Iterable[Json]) -> None:
        for row in documents:
            self._work.users[row["id"]] = e.User(
                row["id"],
                row["name"],
                row["email"],
                e.Role(row["role"]),
                moment_of(row["created_at"]),
                moment_of(row["updated_at"]),
                self._work.organizations.get(row["organization_id"]),
                row["ticket_restriction"] if row["role"] != "end-user" else None,
                row["active"],
                recorded=row,
            )

    def groups(self, documents: Iterable[Json]) -> None:
        rows = list(documents)
        if any(row["default"] for row in rows):
            self._work.groups.clear()
        for row in rows:
            self._work.groups[row["id"]] = e.Group(
                row["id"],
                row["name"],
                moment_of(row["created_at"]),
                moment_of(row["updated_at"]),
                row["description"],
                row["default"],
                row["deleted"],
            )

    def memberships(self, documents: Iterable[Json]) -> None:
        """Those of people and groups that are there."""
        work = self._work
        for row in documents:
            if row["user_id"] in work.users and row["group_id"] in work.groups:
                user, group = work.users[row["user_id"]], work.groups[row["group_id"]]
                made = e.Membership(row["id"], user, group, moment_of(row["created_at"]), row["default"])
                work.memberships[row["id"]] = made

    # ---- tickets ---------------------------------------------------------------------------------------------------

    def tickets(self, documents: Iterable[Json]) -> None:
        """``generated_timestamp`` may be missing; then the last update stands for it."""
        rows = list(documents)
        self._furnish(rows)
        for row in rows:
            ticket = _ticket(row)
            self._work.tickets[ticket.id] = ticket
            if ticket.deleted is None:
                self._first_comment(ticket)
            self._work.changes += 1
        self._work.reserve("ticket", max((row["id"] for row in rows), default=0))

    def audits(self, documents: Iterable[Json]) -> None:
        """The history of tickets; comments come from it too, also those of tickets that are deleted since."""
        for row in sorted(documents, key=lambda row: row["id"]):
            ticket = self._work.tickets.get(row["ticket_id"])
            if ticket is None:
                continue
            if not ticket.audits:
                ticket.comments = []
            at = moment_of(row["created_at"])
            audit = Audit(row["id"], ticket.id, row["author_id"], at, row["via"]["channel"])
            audit.events = [self._event(ticket, audit, told) for told in row["events"]]
            ticket.audits.append(audit)

    def _event(self, ticket: Ticket, audit: Audit, told: Json) -> Event:
        if told["type"] != "Comment":
            field = str(_OURS.get(told.get("field_name", ""), told.get("field_name", "")))
            return Event(told["id"], told["type"], field, told.get("value"), told.get("previous_value"))
        body = told["body"], told["html_body"], told["plain_body"]
        author = self._person(told["author_id"])
        comment = Comment(told["id"], author, *body, told["public"], audit.created, audit.id, audit.channel)
        ticket.comments.append(comment)
        return Event(told["id"], "Comment", comment=comment)

    def _first_comment(self, ticket: Ticket) -> None:
        """Every ticket has one: its description."""
        author, body = self._person(ticket.submitter), texts.from_body(ticket.description)
        id_ = self._work.next_id("audit")
        public = bool(ticket.recorded and ticket.recorded["is_public"])
        ticket.comments.append(Comment(id_, author, *body, public, ticket.created, id_, ticket.channel))

    def _person(self, id_: int) -> e.User:
        """Somebody who is not there any more has a name all the same."""
        known = self._work.users.get(id_)
        gone = datetime(2020, 1, 1, tzinfo=UTC)
        return known or e.User(id_, f"User {id_}", None, e.Role.END_USER, gone, gone, active=False)

    def _furnish(self, rows: list[Json]) -> None:
        work = self._work
        for row in rows:
            at = moment_of(row["created_at"])
            for field in row["custom_fields"]:
                made = e.TicketField(field["id"], "text", f"Field {field['id']}", at)
                work.fields.setdefault(made.id, made)
            if row["brand_id"] not in work.brands:
                work.brands.clear()
                brand = e.Brand(row["brand_id"], "Support", work.subdomain, at, default=True)
                work.brands[brand.id] = brand
            if row["ticket_form_id"] not in work.forms:
                work.forms.clear()
                work.forms[row["ticket_form_id"]] = e.Form(
                    row["ticket_form_id"], "Default Ticket Form", at, True
                )
            if (
                row["status"] not in ("deleted", "closed")
                and row["custom_status_id"] not in work.custom_statuses
            ):
                self._status(row["custom_status_id"], row["status"], at)

    def _status(self, id_: int, category: str, at: datetime) -> None:
        """In the place of the simulator's own default of the category."""
        own = self._work.default_status(category)
        del self._work.custom_statuses[own.id]
        made = e.CustomStatus(id_, category, own.agent_label, own.end_user_label, at, default=True)
        self._work.custom_statuses[id_] = made


def _ticket(row: Json) -> Ticket:
    updated = moment_of(row["updated_at"])
    deleted = row["status"] == "deleted"
    return Ticket(
        row["id"],
        moment_of(row["created_at"]),
        updated,
        row.get("generated_timestamp") or int(updated.timestamp()),
        row["requester_id"],
        row["submitter_id"],
        row["via"]["channel"],
        row["brand_id"],
        row["ticket_form_id"],
        row["status"],
        row["custom_status_id"],
        row["subject"],
        row["description"] or "",
        row["type"],
        row["priority"],
        row["assignee_id"],
        row["group_id"],
        row["organization_id"],
        row["external_id"],
        row["problem_id"],
        moment_of(row["due_at"]) if row["due_at"] else None,
        row["recipient"],
        list(row["tags"]),
        {field["id"]: field["value"] for field in row["custom_fields"] if field["value"] is not None},
        list(row["follower_ids"]),
        list(row["email_cc_ids"]),
        before_deletion="open",
        deleted=updated if deleted else None,
        scrubbed=deleted and row["subject"] == "SCRUBBED",
        recorded=row,
    )
