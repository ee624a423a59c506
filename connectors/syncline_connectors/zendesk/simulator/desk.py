"""The account: people, groups, brands, fields, statuses and forms, and what a test may add to them."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from syncline.seams import Clock
from syncline_connectors.zendesk.simulator import entities as e

ACCOUNT_ID = 10200304
_FIRST = {
    "user": 380100000001,
    "organization": 390100000001,
    "group": 360100000001,
    "membership": 360200000001,
    "brand": 360300000001,
    "field": 360400000001,
    "option": 360500000001,
    "status": 360600000001,
    "form": 360700000001,
    "ticket": 1,
    "audit": 820100000001,
    "attachment": 361100000001,
    "rating": 361200000001,
    "link": 60400001,
    "metric": 361300000001,
    "metric event": 361400000001,
}
_SYSTEM_FIELDS = (
    ("subject", "Subject"),
    ("description", "Description"),
    ("status", "Status"),
    ("tickettype", "Type"),
    ("priority", "Priority"),
    ("group", "Group"),
    ("assignee", "Assignee"),
    ("custom_status", "Ticket status"),
)
_STANDARD_STATUSES = (
    ("new", "New", "Open"),
    ("open", "Open", "Open"),
    ("pending", "Pending", "Awaiting your reply"),
    ("hold", "On-hold", "On-hold"),
    ("solved", "Solved", "Solved"),
)


class Desk:
    """One account. ``account_id`` never changes; ``subdomain`` may.

    The first brand, group, form and standard statuses are there from the start, as in a new account.
    """

    def __init__(self, clock: Clock, *, seed: int, subdomain: str) -> None:
        self.clock, self.subdomain, self.account_id = clock, subdomain, ACCOUNT_ID
        self.random = random.Random(seed)  # noqa: S311 - reproducible by design
        self.lock = threading.RLock()
        self.users: dict[int, e.User] = {}
        self.organizations: dict[int, e.Organization] = {}
        self.groups: dict[int, e.Group] = {}
        self.memberships: dict[int, e.Membership] = {}
        self.brands: dict[int, e.Brand] = {}
        self.fields: dict[int, e.TicketField] = {}
        self.custom_statuses: dict[int, e.CustomStatus] = {}
        self.forms: dict[int, e.Form] = {}
        self.ratings: dict[int, e.Rating] = {}
        self.jira_links: dict[int, e.JiraLink] = {}
        self.attachments: dict[int, e.Attachment] = {}
        self.uploads: dict[str, e.Upload] = {}
        self._ids = {kind: itertools.count(first) for kind, first in _FIRST.items()}
        self._furnish()

    def _furnish(self) -> None:
        began = datetime(2020, 1, 1, tzinfo=UTC)
        for type_, title in _SYSTEM_FIELDS:
            made = e.TicketField(self.next_id("field"), type_, title, began, removable=False)
            self.fields[made.id] = made
        for category, agents, customers in _STANDARD_STATUSES:
            status = e.CustomStatus(self.next_id("status"), category, agents, customers, began, default=True)
            self.custom_statuses[status.id] = status
        form = e.Form(self.next_id("form"), "Default Ticket Form", began, default=True)
        self.forms[form.id] = form
        self.add_brand("Support", self.subdomain, at=began)
        self.add_group("Support", at=began)

    # ---- time and numbers ------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The vendor's time, to the second as it stores it."""
        return self.clock.now().astimezone(UTC).replace(microsecond=0)

    def moment(self, at: datetime | None) -> datetime:
        return at.astimezone(UTC).replace(microsecond=0) if at else self.now()

    def next_id(self, kind: str) -> int:
        return next(self._ids[kind])

    def reserve(self, kind: str, taken: int) -> None:
        """Hand out only numbers above ``taken`` from now on."""
        self._ids[kind] = itertools.count(max(next(self._ids[kind]), taken + 1))

    # ---- what tests add --------------------------------------------------------------------------------------------

    def add_organization(
        self,
        name: str,
        *,
        fields: Mapping[str, object] | None = None,
        tags: Iterable[str] = (),
        domains: Iterable[str] = (),
        external_id: str | None = None,
        at: datetime | None = None,
    ) -> e.Organization:
        """``fields`` by key, such as ``{"arr_eur": 12000}``."""
        at = self.moment(at)
        made = e.Organization(
            self.next_id("organization"),
            name,
            at,
            at,
            dict(fields or {}),
            list(tags),
            list(domains),
            external_id,
        )
        self.organizations[made.id] = made
        return made

    def edit_organization(
        self,
        organization: e.Organization,
        *,
        at: datetime | None = None,
        name: str | None = None,
        **fields: object,
    ) -> None:
        organization.name = name or organization.name
        organization.fields.update(fields)
        organization.updated = self.moment(at)

    def delete_organization(self, organization: e.Organization, *, at: datetime | None = None) -> None:
        organization.deleted, organization.updated = True, self.moment(at)
        for user in self.users.values():
            if user.organization is organization:
                user.organization = None

    def add_user(
        self,
        name: str,
        *,
        role: e.Role | str = e.Role.END_USER,
        email: str | None = None,
        organization: e.Organization | None = None,
        restriction: str | None = None,
        groups: Iterable[e.Group] = (),
        fields: Mapping[str, object] | None = None,
        external_id: str | None = None,
        at: datetime | None = None,
    ) -> e.User:
        """A person. Staff stand in the default group unless ``groups`` says otherwise."""
        at, role = self.moment(at), e.Role(role)
        made = e.User(
            self.next_id("user"),
            name,
            email,
            role,
            at,
            at,
            organization,
            restriction,
            fields=dict(fields or {}),
            external_id=external_id,
        )
        self.users[made.id] = made
        for group in [*groups] or ([self.default_group] if made.staff else []):
            self.add_member(group, made, at=at)
        return made

    def edit_user(self, user: e.User, *, at: datetime | None = None, **changes: object) -> None:
        """Change what `User` holds, by name; raises AttributeError for what it does not hold."""
        for name, value in changes.items():
            getattr(user, name)
            setattr(user, name, value)
        user.updated, user.recorded = self.moment(at), None

    def delete_user(self, user: e.User, *, at: datetime | None = None) -> None:
        """The person stays, inactive, and loses memberships and credentials."""
        user.active, user.email, user.updated, user.recorded = False, None, self.moment(at), None
        for id_ in [m.id for m in self.memberships.values() if m.user is user]:
            del self.memberships[id_]

    def add_group(self, name: str, *, description: str = "", at: datetime | None = None) -> e.Group:
        at = self.moment(at)
        made = e.Group(self.next_id("group"), name, at, at, description, default=not self.groups)
        self.groups[made.id] = made
        return made

    def add_member(self, group: e.Group, user: e.User, *, at: datetime | None = None) -> e.Membership:
        first = not any(m.user is user for m in self.memberships.values())
        made = e.Membership(self.next_id("membership"), user, group, self.moment(at), default=first)
        self.memberships[made.id] = made
        return made

    def remove_member(self, group: e.Group, user: e.User) -> None:
        for id_ in [m.id for m in self.memberships.values() if m.user is user and m.group is group]:
            del self.memberships[id_]

    def add_brand(self, name: str, subdomain: str, *, at: datetime | None = None) -> e.Brand:
        made = e.Brand(self.next_id("brand"), name, subdomain, self.moment(at), default=not self.brands)
        self.brands[made.id] = made
        return made

    def add_ticket_field(
        self,
        title: str,
        type: str = "text",
        *,
        options: Iterable[str] = (),
        required: bool = False,
        tag: str | None = None,
        pattern: str | None = None,
        description: str = "",
        at: datetime | None = None,
    ) -> e.TicketField:
        """``options`` are names, or ``name=value``; by default the value is the name as a tag."""
        choices = []
        for option in options:
            name, _, value = option.partition("=")
            choices.append(e.Option(self.next_id("option"), name, value or as_tag(name)))
        made = e.TicketField(
            self.next_id("field"),
            type,
            title,
            self.moment(at),
            choices,
            required,
            tag=tag,
            pattern=pattern,
            description=description,
        )
        self.fields[made.id] = made
        return made

    def add_custom_status(
        self, label: str, category: str, *, end_user_label: str | None = None, active: bool = True
    ) -> e.CustomStatus:
        made = e.CustomStatus(
            self.next_id("status"), category, label, end_user_label or label, self.now(), active=active
        )
        self.custom_statuses[made.id] = made
        return made

    def add_form(self, name: str, *, at: datetime | None = None) -> e.Form:
        made = e.Form(self.next_id("form"), name, self.moment(at))
        self.forms[made.id] = made
        return made

    # ---- looking up ------------------------------------------------------------------------------------------------

    @property
    def default_group(self) -> e.Group:
        return next(g for g in self.groups.values() if g.default)

    @property
    def default_brand(self) -> e.Brand:
        return next(b for b in self.brands.values() if b.default)

    @property
    def default_form(self) -> e.Form:
        return next(f for f in self.forms.values() if f.default)

    def default_status(self, category: str) -> e.CustomStatus:
        """What a ticket gets whose status is set by its category alone; closed belongs to solved."""
        wanted = "solved" if category == "closed" else category
        return next(s for s in self.custom_statuses.values() if s.default and s.category == wanted)

    def groups_of(self, user: e.User) -> list[e.Group]:
        return [m.group for m in self.memberships.values() if m.user is user and not m.group.deleted]

    def default_group_of(self, user: e.User) -> e.Group | None:
        own = (m.group for m in self.memberships.values() if m.user is user and m.default)
        return next(own, None)

    def user_by_email(self, email: str) -> e.User | None:
        wanted = email.lower()
        return next((u for u in self.users.values() if u.email and u.email.lower() == wanted), None)


def as_tag(text: str) -> str:
    """A tag has no capitals and no spaces."""
    return "_".join(text.lower().split())
