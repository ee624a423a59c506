"""From Zendesk's payloads to records, after `scope` has taken out what may not be kept. The tables come first.

Everything here is pure. What makes no sense raises ValueError naming the path, never the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import JsonValue

from syncline.jsonvalues import Json, each, identity, instant, mapping, number, required, rows, text
from syncline.model import (
    Attachment,
    Comment,
    Container,
    Kind,
    Organization,
    Person,
    Priority,
    Record,
    Status,
    SurveyResponse,
    Text,
    TextFormat,
    Ticket,
    Visibility,
)
from syncline_connectors.zendesk.catalogue import CATEGORIES, CompanyField

PRIORITIES: Mapping[str, Priority] = {
    "urgent": Priority.URGENT,
    "high": Priority.HIGH,
    "normal": Priority.MEDIUM,
    "low": Priority.LOW,
}
SCORES: Mapping[str, float] = {"good": 1.0, "bad": 0.0}
"""Ratings; a survey that was only offered is no answer."""
GROUP = "group"
SURVEY = "satisfaction"
LINK = "jira-link-"
"""How the id of a link to a Jira issue begins: links and files are numbered apart."""
MERGED = "closed_by_merge"
"""The tag that Zendesk gives a ticket that was merged into another."""
OURS = "syncline"
"""The tag on tickets that we made, by which an administrator's triggers can leave them alone; it is no label."""
STATUS = "_status"
"""Where a ticket's payload says what its status was called when it was read."""
MERGED_INTO = "_merged_into"

_NUMBER = re.compile(r"#(\d+)\b")


class Reader:
    """Reads the payloads of one account. ``url`` is its address, ``fields`` are the company's fields on tickets,
    ``jira`` is the address of the site that links lead to."""

    def __init__(
        self,
        url: str,
        fields: Mapping[str, CompanyField],
        of_organizations: Mapping[str, str],
        jira: str | None = None,
    ) -> None:
        self._url = url
        self._jira = jira
        self._fields = fields
        self._of_organizations = of_organizations
        self._readers: Mapping[Kind, Callable[[Json], Record]] = {
            Kind.TICKET: self.ticket,
            Kind.COMMENT: self.comment,
            Kind.ATTACHMENT: self.attachment,
            Kind.PERSON: self.person,
            Kind.ORGANIZATION: self.organization,
            Kind.CONTAINER: self.container,
            Kind.SURVEY_RESPONSE: self.rating,
        }

    def read(self, kind: Kind, payload: Json) -> Record:
        """The record of a payload; raises ValueError."""
        reader = self._readers.get(kind)
        if reader is None:
            raise ValueError(f"Zendesk has no {kind}")
        return reader(payload)

    # ---- tickets ----

    def ticket(self, row: Json) -> Ticket:
        remote_id = identity(row.get("id"), "id")
        description = text(row.get("description"), "description")
        assignee, priority = _id(row, "assignee_id"), text(row.get("priority"), "priority")
        via = mapping(row.get("via"), "via") or {}
        created = instant(row.get("created_at"), "created_at")
        return Ticket(
            remote_id=remote_id,
            key=f"#{remote_id}",
            url=f"{self._url}/agent/tickets/{remote_id}",
            title=text(row.get("subject"), "subject"),
            created_at=created,
            updated_at=instant(row.get("updated_at"), "updated_at"),
            body=None if description is None else Text(format=TextFormat.PLAIN, source=description),
            type=text(row.get("type"), "type"),
            status=_status(row),
            priority=PRIORITIES.get(priority or "", Priority.NONE),
            priority_name=priority,
            assignees=(assignee,) if assignee else (),
            reporter=_id(row, "submitter_id"),
            labels=_labels(row),
            container=_id(row, "group_id"),
            parent=_id(row, "problem_id"),
            due_on=_day(row.get("due_at"), "due_at"),
            requester=_id(row, "requester_id"),
            organization=_id(row, "organization_id"),
            channel=text(via.get("channel"), "via.channel"),
            merged_into=_id(row, MERGED_INTO),
            follows=_follows(via),
            fields=self._company(row),
            **_metrics(row, created),
        )

    def _company(self, row: Json) -> dict[str, JsonValue]:
        if not self._fields:
            return {}
        held = {}
        for at, entry in enumerate(rows(row.get("custom_fields"), "custom_fields")):
            one = required(entry, f"custom_fields[{at}]")
            held[identity(one.get("id"), f"custom_fields[{at}].id")] = one.get("value")
        values = {name: company.read(held.get(company.of.id)) for name, company in self._fields.items()}
        return {name: value for name, value in values.items() if value is not None}

    # ---- what hangs on them ----

    def comment(self, row: Json) -> Comment:
        ticket = identity(row.get("ticket_id"), "ticket_id")
        number = identity(row.get("id"), "id")
        public = row.get("public")
        if not isinstance(public, bool):
            raise ValueError("public: whether customers read it is not said")
        return Comment(
            remote_id=number,
            url=f"{self._url}/agent/tickets/{ticket}",
            created_at=instant(row.get("created_at"), "created_at"),
            subject=ticket,
            author=_id(row, "author_id"),
            body=_words(row),
            visibility=Visibility.CUSTOMER if public else Visibility.TEAM,
        )

    def attachment(self, row: Json) -> Attachment:
        """A file of a comment, or a link that Zendesk's Jira app keeps: an attachment with the issue's key."""
        ticket = identity(row.get("ticket_id"), "ticket_id")
        if "issue_key" in row:
            key = text(row.get("issue_key"), "issue_key")
            return Attachment(
                remote_id=LINK + identity(row.get("id"), "id"),
                key=key,
                url=f"{self._jira}/browse/{key}" if self._jira and key else None,
                title=f"Jira issue {key}",
                subject=ticket,
                created_at=instant(row.get("created_at"), "created_at"),
                updated_at=instant(row.get("updated_at"), "updated_at"),
            )
        size = row.get("size")
        return Attachment(
            remote_id=identity(row.get("id"), "id"),
            url=text(row.get("content_url"), "content_url"),
            title=text(row.get("file_name"), "file_name"),
            created_at=instant(row.get("created_at"), "created_at"),
            subject=ticket,
            author=_id(row, "author_id"),
            mime_type=text(row.get("content_type"), "content_type"),
            size=size if isinstance(size, int) else None,
        )

    def rating(self, row: Json) -> SurveyResponse:
        score = text(row.get("score"), "score") or ""
        answered = instant(row.get("created_at"), "created_at")
        if score not in SCORES or answered is None:
            raise ValueError("score: not an answer")
        words = text(row.get("comment"), "comment")
        return SurveyResponse(
            remote_id=identity(row.get("id"), "id"),
            created_at=answered,
            updated_at=instant(row.get("updated_at"), "updated_at"),
            survey=SURVEY,
            answered_at=answered,
            score=SCORES[score],
            highest=1,
            body=Text(format=TextFormat.PLAIN, source=words) if words else None,
            respondent=_id(row, "requester_id"),
            subject=_id(row, "ticket_id"),
            about=(f"#{row.get('ticket_id')}",) if row.get("ticket_id") is not None else (),
        )

    # ---- people and places ----

    def person(self, row: Json) -> Person:
        number = identity(row.get("id"), "id")
        return Person(
            remote_id=number,
            url=f"{self._url}/agent/users/{number}",
            title=text(row.get("name"), "name"),
            created_at=instant(row.get("created_at"), "created_at"),
            updated_at=instant(row.get("updated_at"), "updated_at"),
            email=text(row.get("email"), "email"),
            active=row.get("active") is not False and row.get("suspended") is not True,
            account_type=text(row.get("role"), "role"),
            time_zone=text(row.get("iana_time_zone"), "iana_time_zone"),
            organization=_id(row, "organization_id"),
        )

    def organization(self, row: Json) -> Organization:
        number = identity(row.get("id"), "id")
        known = mapping(row.get("organization_fields"), "organization_fields") or {}
        values = {name: known.get(key) for name, key in self._of_organizations.items()}
        return Organization(
            remote_id=number,
            url=f"{self._url}/agent/organizations/{number}",
            title=text(row.get("name"), "name"),
            created_at=instant(row.get("created_at"), "created_at"),
            updated_at=instant(row.get("updated_at"), "updated_at"),
            labels=tuple(each(row.get("tags"), "tags", _tag)),
            fields={name: value for name, value in values.items() if value is not None},
        )

    def container(self, row: Json) -> Container:
        """A group; its name is its key, which is what the configuration speaks of."""
        name = text(row.get("name"), "name")
        return Container(
            remote_id=identity(row.get("id"), "id"),
            key=name,
            title=name,
            created_at=instant(row.get("created_at"), "created_at"),
            updated_at=instant(row.get("updated_at"), "updated_at"),
            archived=row.get("deleted") is True,
            type=GROUP,
        )


def merged_into(comments: Sequence[Json]) -> str | None:
    """The ticket that one was merged into, from the note that Zendesk leaves at its end: ``… request #123 …``.

    The words are the account's own language; the number is the last that any of the last two notes names.
    """
    for comment in reversed(comments[-2:]):
        found = _NUMBER.findall(str(comment.get("plain_body") or comment.get("body") or ""))
        if found:
            return str(found[0])
    return None


def _status(row: Json) -> Status:
    named = required(row.get(STATUS), STATUS)
    category, refinement = CATEGORIES.get(str(named.get("category")), (None, None))
    name = text(named.get("name"), f"{STATUS}.name")
    if not name:
        raise ValueError(f"{STATUS}.name: missing")
    return Status(
        id=identity(named.get("id"), f"{STATUS}.id"), name=name, category=category, refinement=refinement
    )


def _metrics(row: Json, created: datetime | None) -> dict[str, Any]:
    """Zendesk tells the first answer as minutes after the creation."""
    metrics = mapping(row.get("metric_set"), "metric_set")
    if metrics is None:
        return {}
    reply = mapping(metrics.get("reply_time_in_minutes"), "reply_time_in_minutes") or {}
    minutes = number(reply.get("calendar"), "reply_time_in_minutes.calendar")
    solved = instant(metrics.get("solved_at"), "solved_at")
    return {
        "first_replied_at": created + timedelta(minutes=minutes) if created and minutes is not None else None,
        "replies": _count(metrics.get("replies"), "replies"),
        "reopens": _count(metrics.get("reopens"), "reopens"),
        "resolved_at": solved if row.get("status") in ("solved", "closed") else None,
    }


def _count(value: Any, path: str) -> int | None:
    found = number(value, path)
    return None if found is None else int(found)


def _words(row: Json) -> Text:
    """HTML where there is some: it alone holds lists, links and code as the agent saw them."""
    html = text(row.get("html_body"), "html_body")
    if html is not None:
        return Text(format=TextFormat.HTML, source=html)
    plain = text(row.get("plain_body"), "plain_body")
    found = plain if plain is not None else text(row.get("body"), "body")
    if found is None:
        raise ValueError("body: missing")
    return Text(format=TextFormat.PLAIN, source=found)


def _labels(row: Json) -> tuple[str, ...]:
    """The tags, without ours and those that stand for the choices of fields: taking one away would clear the field."""
    held: set[Any] = {OURS}
    for entry in row.get("custom_fields") or ():
        value = entry.get("value") if isinstance(entry, dict) else None
        held |= {one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)}
    return tuple(tag for tag in each(row.get("tags"), "tags", _tag) if tag not in held)


def _follows(via: Json) -> str | None:
    source = mapping(via.get("source"), "via.source") or {}
    origin = mapping(source.get("from"), "via.source.from") or {}
    return _id(origin, "ticket_id") if source.get("rel") == "follow_up" else None


def _day(value: Any, path: str) -> date | None:
    """Zendesk sets due dates at noon of the account's zone, so that the day is the same in UTC nearly everywhere."""
    found = instant(value, path)
    return found.date() if found else None


def _id(row: Json, name: str) -> str | None:
    value = row.get(name)
    return None if value is None else identity(value, name)


def _tag(entry: Any) -> str:
    found = text(entry, "")
    if found is None:
        raise ValueError(": missing")
    return found
