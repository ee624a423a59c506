"""Zendesk Support.

Where to look: `scope` for what is never stored; `translate` and `catalogue` for what a status, priority or field
means; `history` for events; `walk` for how tickets and their events are pulled; `identity` for who we are; `fence`
for what can never be sent; `writing` for how all of it is written. ``docs/connectors/zendesk.md`` tells what a user
must know, and lists every pitfall of the vendor with its test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import SecretStr

from syncline.connector import (
    API_VERSION,
    Account,
    Cadence,
    Capabilities,
    Cursor,
    Description,
    Fetched,
    FieldInfo,
    History,
    Page,
    Stream,
)
from syncline.errors import AccessDenied, ConfigError, ProtocolError
from syncline.http import Basic, Bearer
from syncline.model import Kind, Record, Ref, Sourced, TextFormat
from syncline.writer import Writes
from syncline_connectors.zendesk.api import BUCKETS, Api, answered
from syncline_connectors.zendesk.assemble import Assembler
from syncline_connectors.zendesk.catalogue import CompanyField, Field, company_fields, parse_fields
from syncline_connectors.zendesk.config import ZendeskConfig
from syncline_connectors.zendesk.fence import Fence
from syncline_connectors.zendesk.history import NATIVE, HistoryReader
from syncline_connectors.zendesk.identity import Identity
from syncline_connectors.zendesk.lookup import Lookup
from syncline_connectors.zendesk.metadata import Catalogues, Metadata
from syncline_connectors.zendesk.scope import Scope
from syncline_connectors.zendesk.target import CREATES, WRITES
from syncline_connectors.zendesk.translate import Reader
from syncline_connectors.zendesk.walk import EventWalk, SearchWalk, TicketWalk, start

if TYPE_CHECKING:
    from syncline.http import Answer, Auth, Http
    from syncline_connectors.zendesk.encode import Encoder
    from syncline_connectors.zendesk.writing import Writer

__all__ = ["Zendesk", "ZendeskConfig"]

TICKETS, COMMENTS = "tickets", "comments"
KINDS = frozenset(
    {
        Kind.TICKET,
        Kind.COMMENT,
        Kind.ATTACHMENT,
        Kind.PERSON,
        Kind.ORGANIZATION,
        Kind.CONTAINER,
        Kind.SURVEY_RESPONSE,
    }
)
VOLATILE = frozenset({"url", "has_incidents", "metric_set.solved_at", "last_login_at"})
"""What changes without the record changing."""
SEARCHED = "may be incomplete: read by search, for the account is no administrator"
INCOMPLETE = (
    "the account is no administrator, so that tickets are found by search, which may be incomplete: it misses what the "
    "account may not see, what the index does not show yet, and what was deleted; an administrator's token reads all"
)
TYPES = ("problem", "incident", "question", "task")

LIGHT_AGENT = 1
"""The vendor's ``role_type`` of who may only read, and write notes."""


class Zendesk(Writes):
    """The connector to one Zendesk account."""

    name: ClassVar[str] = "zendesk"
    api_version: ClassVar[int] = API_VERSION
    Config: ClassVar[type[ZendeskConfig]] = ZendeskConfig
    capabilities: Capabilities = Capabilities(
        reads=KINDS,
        writes=WRITES,
        creates=CREATES,
        history=dict.fromkeys(NATIVE, History.NATIVE),
        text_format=TextFormat.HTML,
        volatile=VOLATILE,
        buckets=BUCKETS,
        concurrency=2,
    )

    def __init__(self, config: ZendeskConfig, http: Http, memo: Mapping[str, str]) -> None:
        self._config = config
        self._api = Api(http)
        self._identity = Identity(config, self._api, memo)
        self._catalogues = Catalogues(self._api)
        self._fence = Fence(http.base, to_customers=config.customer_visible)
        http.listen(self._hear)
        http.forbid(self._fence.check)
        self._kept_assembler: Assembler | None = None
        self._kept_scope: Scope | None = None
        self._kept_company: dict[str, CompanyField] | None = None
        self._kept_writer: Writer | None = None
        self._narrow()

    @classmethod
    def auth(cls, config: ZendeskConfig) -> Auth:
        token = SecretStr(config.token.get_secret_value())
        return Bearer(token) if config.user is None else Basic(f"{config.user}/token", token)

    @classmethod
    def origins(cls, config: ZendeskConfig) -> tuple[str, ...]:
        return (config.url,)

    def _hear(self, answer: Answer) -> None:
        self._api.note(answer)

    # ---- who ----

    @property
    def vouched(self) -> bool | None:
        return self._identity.vouched

    def probe(self) -> None:
        self._identity.prove()
        self._narrow()

    def check(self) -> Account:
        account = self._identity.account()
        self._narrow()
        self._company()
        return account

    def remarks(self) -> Sequence[str]:
        return () if self._identity.is_admin else (INCOMPLETE,)

    def _narrow(self) -> None:
        """Without the exports there is no history."""
        native = [*NATIVE, *self._config.fields] if self._has("history") and self._identity.is_admin else []
        self.capabilities = replace(type(self).capabilities, history=dict.fromkeys(native, History.NATIVE))

    def prove_writing(self) -> None:
        """Light agents (``role_type`` 1) change no ticket; an OAuth token tells its scopes, an API token has none."""
        user = answered(self._api.get("users/me").get("user"), "users/me")
        if user.get("role_type") == LIGHT_AGENT:
            raise AccessDenied(
                'access = "write", but the account is a light agent, which may change no ticket',
                hint="give the token to an agent or administrator, or leave access out",
            )
        if self._config.user is not None:
            return
        token = answered(self._api.get("oauth/tokens/current").get("token"), "oauth/tokens/current")
        if not {"write", "tickets:write"}.intersection(token.get("scopes") or ()):
            raise AccessDenied(
                'access = "write", but the token has no scope that writes tickets',
                hint='a token with the scope "write", or "tickets:write", does; or leave access out',
            )

    # ---- what there is ----

    def streams(self) -> Sequence[Stream]:
        admin, census, chosen = self._identity.is_admin, Cadence.CENSUS, self._selection()
        files = {Kind.ATTACHMENT: "attachments"}
        told = {Kind.COMMENT: COMMENTS, **files}
        hanging = (Kind.COMMENT, Kind.ATTACHMENT)
        riders = hanging if self._has(COMMENTS) and not admin else ()
        links = f"{chosen} jira={self._config.jira}"
        offered = [
            Stream("groups", (Kind.CONTAINER,), cadence=census),
            Stream("statuses", (), cadence=census),
            Stream("people", (Kind.PERSON,), cadence=census),
            Stream("organizations", (Kind.ORGANIZATION,), cadence=census),
            Stream("satisfaction", (Kind.SURVEY_RESPONSE,), cadence=census, selection=chosen),
            Stream("links", (Kind.ATTACHMENT,), cadence=census, selection=links),
            Stream(
                TICKETS,
                (Kind.TICKET, *riders),
                counted_as=told,
                selection=chosen,
                remark="" if admin else SEARCHED,
            ),
            Stream(
                COMMENTS,
                (*hanging, Kind.TICKET),
                counted_as={Kind.TICKET: TICKETS, **files},
                selection=chosen,
            ),
        ]
        return [stream for stream in offered if self._is_wanted(stream.name, admin)]

    def _is_wanted(self, name: str, admin: bool) -> bool:
        if name in ("groups", "statuses", "people"):
            return True
        if name == COMMENTS:
            return admin and (self._has(COMMENTS) or self._has("history"))
        if name in ("satisfaction", "links"):
            return admin and self._has(name)
        if name == "organizations":
            return self._has(name) and self._config.keep.requester != "none"
        return self._has(name)

    def _selection(self) -> str:
        """What decides which tickets are kept and how much of them: with any of it changed all are read again."""
        config = self._config
        feeds = [name for name in (COMMENTS, "history") if self._has(name)]
        parts = [
            f"groups={','.join(sorted(config.groups))}" if config.groups else "",
            f"exclude={','.join(sorted(config.exclude.labels))}" if config.exclude.labels else "",
            f"keep={config.keep.comments},{config.keep.requester}",
            f"feeds={','.join(feeds)}",
        ]
        return " ".join(part for part in parts if part)

    def containers(self) -> Sequence[Sourced]:
        reader = self._reader()
        try:
            return [Sourced(reader.container(row), row) for row in self._metadata().groups()]
        except ValueError as error:
            raise ProtocolError(f"groups: {error}") from None

    def describe(self, container: str) -> Description:
        """Statuses, types and fields of the account; who can be assigned to depends on the group."""
        fields = self._fields()
        told = tuple(_info(one, self._company()) for one in fields if one.active)
        statuses = tuple(one.status for one in self._catalogues.statuses().offered())
        found = Description(container, statuses=statuses, types=TYPES, fields=told)
        if self._config.access == "read":
            return found
        people = self._writer().people(container)
        return replace(
            found, creation=dict.fromkeys(TYPES, tuple(one for one in told if one.field)), people=people
        )

    # ---- reading ----

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        """By the exports as long as they are given to us; who is no administrator any more searches on."""
        if stream.name not in (TICKETS, COMMENTS):
            yield from self._metadata().pages(stream)
            return
        try:
            yield from self._walked(stream, cursor)
        except AccessDenied:
            if not self._identity.is_admin:
                raise
            self._identity.prove()
            if self._identity.is_admin or stream.name == COMMENTS:
                raise
            self._narrow()
            yield from self._walked(stream, Cursor(mark=cursor.mark))

    def _walked(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        searching = not self._identity.is_admin
        place = start(stream, cursor, searching=searching)
        walk: TicketWalk | EventWalk | SearchWalk
        if stream.name == COMMENTS:
            walk = EventWalk(self._api, self._assembler, stream)
        elif searching:
            walk = SearchWalk(self._api, self._assembler, stream)
        else:
            people = self._config.keep.requester == "full"
            walk = TicketWalk(self._api, self._assembler, stream, people=people)
        for page in walk.pages(place, cursor.mark):
            if not searching:
                self._identity.exported()
            yield page

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        fields = tuple(self._organization_fields().values())
        yield from Lookup(self._api, self._assembler(), self._scope(), fields).fetch(refs)

    def translate(self, kind: Kind, payload: Mapping[str, Any]) -> Record:
        try:
            return self._reader().read(kind, payload)
        except ConfigError as error:
            raise ValueError(error.message) from None

    # ---- how ----

    def _has(self, feed: str) -> bool:
        return feed in self._config.streams

    def _organization_fields(self) -> dict[str, str]:
        """Keys of organization fields by the company's names."""
        return {name: copy.organization for name, copy in self._config.fields.items() if copy.organization}

    def _fields(self) -> tuple[Field, ...]:
        try:
            return parse_fields(self._catalogues.fields())
        except ValueError as error:
            raise ProtocolError(f"ticket_fields: {error}") from None

    def _company(self) -> dict[str, CompanyField]:
        """The company's fields on tickets; asks for the fields only where one is configured."""
        if self._kept_company is None:
            wanted = any(copy.organization is None for copy in self._config.fields.values())
            known = self._fields() if wanted else ()
            self._kept_company = company_fields(known, self._config.fields, self._config.name)
        return self._kept_company

    def _reader(self) -> Reader:
        config = self._config
        return Reader(config.url, self._company(), self._organization_fields(), config.jira)

    def _scope(self) -> Scope:
        """The rules; asks for groups and agents only where these decide something."""
        if self._kept_scope is None:
            groups = self._named_groups() if self._config.groups else None
            agents = None
            if self._config.keep.requester != "full":
                agents = frozenset(str(row.get("id")) for row in self._catalogues.staff())
            self._kept_scope = Scope(self._config, groups, agents)
        return self._kept_scope

    def _named_groups(self) -> frozenset[str]:
        """Ids of the configured groups; raises ConfigError for a name that is not there."""
        found = self._catalogues.groups()
        known = {str(row.get("name")) for row in found}
        for name in self._config.groups or ():
            if name not in known:
                raise ConfigError(
                    f"connections.{self._config.name}.groups: Zendesk has no group {name!r}",
                    hint=f"its groups are: {', '.join(sorted(known))}",
                )
        return frozenset(
            str(row.get("id")) for row in found if row.get("name") in (self._config.groups or ())
        )

    def _assembler(self) -> Assembler:
        if self._kept_assembler is None:
            statuses, rules = self._catalogues.statuses(), self._scope()
            hidden = frozenset({"organization"} if self._config.keep.requester == "none" else ())
            history = HistoryReader(statuses, self._company(), rules.person, hidden)
            self._kept_assembler = Assembler(self._api, rules, self._reader(), statuses, history, self._has)
        return self._kept_assembler

    def _metadata(self) -> Metadata:
        return Metadata(
            self._api,
            self._catalogues,
            self._assembler,
            self._scope,
            groups=self._config.groups,
            organization_fields=tuple(self._organization_fields().values()),
        )

    # ---- writing ----

    def _writer(self) -> Writer:
        from syncline_connectors.zendesk.writing import Writer

        if self._kept_writer is None:
            account = self._identity.account()
            self._kept_writer = Writer(
                self._api,
                self._assembler(),
                self._scope(),
                self._encoder(),
                self._catalogues,
                self._fence,
                account,
                self._config,
            )
        return self._kept_writer

    def _encoder(self) -> Encoder:
        from syncline_connectors.zendesk.encode import Encoder

        return Encoder(self._company(), self._catalogues.statuses())


def _info(field: Field, company: Mapping[str, CompanyField]) -> FieldInfo:
    owner = next((name for name, one in company.items() if one.of.id == field.id), None)
    return FieldInfo(
        field.id,
        field.title,
        SPOKEN.get(field.type, field.type),
        tuple(field.options.values()),
        custom=field.custom,
        field=owner or SYSTEM.get(field.type),
    )


SPOKEN: Mapping[str, str] = {"integer": "number", "decimal": "number", "text": "string", "textarea": "string"}
"""Types of fields in the words that doctor knows."""
SYSTEM: Mapping[str, str] = {
    "subject": "title",
    "priority": "priority",
    "tickettype": "type",
    "assignee": "assignees",
}
"""System fields by their types, and the common fields they hold."""
