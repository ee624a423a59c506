"""Jira, Cloud and Data Center.

Where to look: `translate` for what a status, priority or link means; `history` for the changelog; `fields` for custom
fields; `walk` for how issues are pulled from Cloud, `offsets` from Data Center; `identity` for who we are and where;
`writing` for how all of it is written.
``docs/connectors/jira.md`` tells what a user must know, and lists every pitfall of the vendor with its test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import SecretStr

from syncline.connector import (
    API_VERSION,
    EVERYTHING,
    Account,
    Bucket,
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
from syncline.errors import AuthError, ConfigError, ProtocolError
from syncline.http import Basic, Bearer
from syncline.model import Kind, Record, Ref, Sourced, TextFormat
from syncline.writer import Writes
from syncline_connectors.jira import jql
from syncline_connectors.jira.api import CHANGELOG, SEARCH, Api
from syncline_connectors.jira.assemble import Assembler, issue_id
from syncline_connectors.jira.children import PAGED
from syncline_connectors.jira.config import JiraConfig
from syncline_connectors.jira.dialect import DATA_CENTER
from syncline_connectors.jira.entities import BOARD
from syncline_connectors.jira.fields import Field, field_map, from_memo, parse_catalogue, to_memo
from syncline_connectors.jira.history import NATIVE_FIELDS
from syncline_connectors.jira.identity import Identity
from syncline_connectors.jira.metadata import Metadata
from syncline_connectors.jira.reading import KINDS, Reader
from syncline_connectors.jira.target import CREATES, WRITES
from syncline_connectors.jira.translate import native_status
from syncline_connectors.jira.values import identity, millis, required, rows, text
from syncline_connectors.jira.walk import IssueWalk, start

if TYPE_CHECKING:
    from syncline.http import Auth, Http
    from syncline_connectors.jira.encode import Encoder
    from syncline_connectors.jira.lookup import Lookup
    from syncline_connectors.jira.offsets import OffsetWalk
    from syncline_connectors.jira.writing import Writer

__all__ = ["Jira", "JiraConfig"]

FIELDS_LAST = 24 * 3600 * 1000
"""Milliseconds of the vendor's clock after which a check asks for the fields again."""
CENSUS_PAGE = 5000
"""Ids a page of the census holds: what the vendor gives when asked for nothing else."""

VOLATILE = frozenset(
    {
        "expand",  # differs between the search and other ways to the same issue
        "self",  # changes with the address: site or gateway
        "avatarUrls",
        "author.avatarUrls",
        "updateAuthor.avatarUrls",
        "fields.lastViewed",  # when we ourselves looked
        "fields.watches",
        "fields.votes",
        "fields.subtasks",  # repeats what the sub-tasks say themselves
        "fields.parent.fields",
        "fields.assignee.avatarUrls",
        "fields.reporter.avatarUrls",
        "fields.creator.avatarUrls",
        "fields.project.avatarUrls",
        "fields.aggregateprogress",  # sums over sub-tasks, which do not touch the issue
        "fields.aggregatetimeestimate",
        "fields.aggregatetimeoriginalestimate",
        "fields.aggregatetimespent",
    }
)


class Jira(Writes):
    """The connector to one Jira site, on Cloud or on a server of one's own."""

    name: ClassVar[str] = "jira"
    api_version: ClassVar[int] = API_VERSION
    Config: ClassVar[type[JiraConfig]] = JiraConfig
    capabilities: Capabilities = Capabilities(
        reads=KINDS,
        writes=WRITES,
        creates=CREATES,
        history=dict.fromkeys(NATIVE_FIELDS, History.NATIVE),
        text_format=TextFormat.ADF,
        volatile=VOLATILE,
        # GET and POST: 100/s for each tenant, endpoint and method, shared by all its clients; changelog 200/s
        buckets=(
            Bucket("default", rate=100.0, burst=100),
            Bucket(SEARCH, rate=100.0, burst=100),
            Bucket(CHANGELOG, rate=50.0, burst=50),
        ),
        concurrency=7,  # six walks and the list of ids
    )

    def __init__(self, config: JiraConfig, http: Http, memo: Mapping[str, str]) -> None:
        self._config = config
        self._identity = Identity(config, http, memo)
        http.listen(self._identity.hear)
        self._catalogue = from_memo(memo.get("fields"))
        self._catalogue_at = memo.get("fields_at", "")
        self._kept_reader: Reader | None = None
        self._kept_metadata: Metadata | None = None
        self._kept_writer: tuple[Reader, Writer] | None = None
        history = dict.fromkeys((*NATIVE_FIELDS, *config.fields), History.NATIVE)
        self.capabilities = replace(
            type(self).capabilities, history=history if "changelog" in config.streams else {}
        )
        self._settle()

    @classmethod
    def auth(cls, config: JiraConfig) -> Auth:
        token = SecretStr(config.token.get_secret_value())
        return Bearer(token) if config.user is None else Basic(config.user, token)

    @classmethod
    def origins(cls, config: JiraConfig) -> tuple[str, ...]:
        return config.url, config.gateway

    # ---- who ----

    @property
    def vouched(self) -> bool | None:
        return self._identity.vouched

    def probe(self) -> None:
        """One request, or two where the configuration names a field that was not known last time."""
        self._prove()
        if self._config.fields:
            self._reader()

    def check(self) -> Account:
        if self._catalogue is None:
            self._prove()
            if self._identity.dialect is not DATA_CENTER:
                self._api().http.together(self._identity.ask_site, self._ask_fields)
        account = self._identity.account({})
        self._settle()
        if self._catalogue is None or self._fields_are_old():
            self._ask_fields()
        self._checked_reader()
        kept = {"fields": to_memo(self._catalogue or ()), "fields_at": self._catalogue_at}
        return replace(account, memo={**account.memo, **kept})

    def prove_writing(self) -> None:
        from syncline_connectors.jira.rights import prove_writing

        self._identity.account({})
        prove_writing(self._api(), self._config.projects or (None,))

    # ---- what there is ----

    def streams(self) -> Sequence[Stream]:
        wanted = set(self._config.streams)
        everywhere = frozenset({EVERYTHING})
        scope = frozenset(self._config.projects or everywhere)
        rides = {Kind.COMMENT: "comments", Kind.WORK_LOG: "worklogs"}
        rides = {kind: name for kind, name in rides.items() if name in wanted}
        kinds = (Kind.ISSUE, *rides, Kind.RELATION, Kind.ATTACHMENT)
        counted = {**rides, Kind.RELATION: "relations", Kind.ATTACHMENT: "attachments"}
        offered = [
            Stream("projects", (Kind.CONTAINER,), scope, Cadence.CENSUS),
            Stream("boards", (Kind.CONTAINER,), scope, Cadence.CENSUS),
            Stream("statuses", (), everywhere, Cadence.CENSUS),
            Stream("people", (Kind.PERSON,), everywhere, Cadence.CENSUS),
            Stream("sprints", (Kind.ITERATION,), scope, Cadence.CENSUS),
            Stream("versions", (Kind.RELEASE,), scope, Cadence.CENSUS),
            Stream(
                "issues",
                kinds,
                scope,
                Cadence.RUN,
                counted,
                history_as="changelog",
                selection=self._selection(),
            ),
        ]
        always = {"statuses", "people", "projects"}
        return [stream for stream in offered if stream.name in wanted | always]

    def _selection(self) -> str:
        """The filter and what rides on issues: with either changed, unchanged issues must be asked for again."""
        riders = sorted({"comments", "worklogs", "changelog"} & set(self._config.streams))
        return f"{' '.join(riders)} {self._config.filter or ''}".strip()

    def containers(self) -> Sequence[Sourced]:
        found: list[Sourced] = []
        for batch in self._metadata().projects():
            for project in batch:
                try:
                    found.append(Sourced(self._reader().read(Kind.CONTAINER, project), project))
                except ValueError as error:
                    raise ProtocolError(f"project/search: {error}") from None
        return found

    def describe(self, container: str) -> Description:
        """Statuses and types of a project; fields are those of the whole site. A board has none of its own."""
        if container.startswith(BOARD):
            return Description(container)
        answer = self._api().get(f"project/{container}/statuses")
        self._ask_fields()
        try:
            found = _description(container, answer, self._catalogue or ())
        except ValueError as error:
            raise ProtocolError(f"project/{container}/statuses: {error}") from None
        if self._config.access == "read":
            return found
        writer = self._writer()
        return replace(found, creation=writer.creation(container), people=writer.people(container))

    # ---- reading ----

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        begun = False
        try:
            for page in self._pages(stream, cursor):
                begun = True
                yield page
        except AuthError:
            if begun or self._identity.proven:
                raise
            self._prove()  # the token may be meant for the other address; if not, this tells why
            yield from self._pages(stream, cursor)

    def _pages(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        if stream.name != "issues":
            yield from self._metadata().pages(stream)
            return
        at = start(stream, cursor, self._vendor_now())
        walk = self._walk()(
            self._api(),
            self._assembler(),
            stream=stream,
            extra=self._config.filter,
            fields=self._asked(),
            changelog=self._has("changelog"),
        )
        yield from walk.pages(at, cursor.mark)

    def _walk(self) -> type[IssueWalk | OffsetWalk]:
        if self._identity.dialect is not DATA_CENTER:
            return IssueWalk
        from syncline_connectors.jira.offsets import OffsetWalk

        return OffsetWalk

    def split(self, stream: Stream, parts: int) -> Sequence[Cursor]:
        if stream.name != "issues":
            return [Cursor()]
        from syncline_connectors.jira.stretches import split

        whole = start(stream, Cursor(), self._vendor_now())
        return split(self._api(), stream, self._config.filter, whole, parts)

    def census(self, stream: Stream) -> Iterator[Sequence[str]]:
        """Ids alone. Only issues have one; the other streams are read whole anyway."""
        if stream.name != "issues":
            raise ProtocolError(f"{stream.name} has no census of its own")
        self._vendor_now()
        if self._identity.dialect is DATA_CENTER:
            from syncline_connectors.jira.offsets import ids

            yield from ids(self._api(), stream, self._config.filter)
            return
        since = millis(stream.since) if stream.since else 0
        until = millis(stream.until) if stream.until else None
        query = jql.bounded(stream.scope - {EVERYTHING}, self._config.filter, since, until, jql.BY_ID)
        body = {"jql": query, "fields": ["id"], "maxResults": CENSUS_PAGE}
        api = self._api()
        for page in api.http.ahead(api.pages("search/jql", body, "issues", SEARCH)):
            yield [issue_id(issue) for issue in page["issues"]]

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        lookup = self._lookup()(
            self._api(),
            self._reader(),
            self._assembler(),
            self._metadata(),
            fields=self._asked(),
            changelog=self._has("changelog"),
        )
        yield from lookup.fetch(refs)

    def _lookup(self) -> type[Lookup]:
        if self._api().dialect is not DATA_CENTER:
            from syncline_connectors.jira.lookup import Lookup

            return Lookup
        from syncline_connectors.jira.server_lookup import ServerLookup

        return ServerLookup

    def translate(self, kind: Kind, payload: Mapping[str, Any]) -> Record:
        return self._known_reader().read(kind, payload)

    # ---- how ----

    def _has(self, feed: str) -> bool:
        return feed in self._config.streams

    def _asked(self) -> list[str]:
        """Every field, but for lists that are not wanted."""
        return ["*all", *(f"-{name}" for name, many in PAGED.values() if not self._has(many))]

    def _api(self) -> Api:
        """The API of the Jira that is there; asks which one it is where no run has."""
        if not self._identity.settled:
            self._prove()
        return self._identity.api

    def _prove(self) -> None:
        self._identity.prove()
        self._settle()

    def _settle(self) -> None:
        """Narrow what we can do to what this Jira speaks; a reader of the other dialect is forgotten."""
        if self.capabilities.text_format is not self._identity.dialect.text:
            self.capabilities = replace(self.capabilities, text_format=self._identity.dialect.text)
            self._kept_reader = self._kept_metadata = None

    def _vendor_now(self) -> datetime | None:
        """The vendor's clock, None before its first answer; credentials are proven where answers will not tell."""
        if not (self._identity.proven or self._identity.will_tell):
            self._prove()
        return self._identity.server_time

    def _assembler(self) -> Assembler:
        rides = frozenset(kind for kind, (_, many) in PAGED.items() if self._has(many))
        return Assembler(self._api(), self._reader(), rides)

    def _metadata(self) -> Metadata:
        if self._kept_metadata is None:
            self._kept_metadata = Metadata(self._api(), self._reader())
        return self._kept_metadata

    # ---- writing ----

    def _writer(self) -> Writer:
        from syncline_connectors.jira.writing import Writer

        reader = self._reader()
        if self._kept_writer is None or self._kept_writer[0] is not reader:
            assembler = Assembler(self._api(), reader, frozenset())
            account = self._identity.account({})
            made = Writer(self._api(), reader, assembler, self._encoder(), account, self._config)
            self._kept_writer = reader, made
        return self._kept_writer[1]

    def _encoder(self) -> Encoder:
        from syncline_connectors.jira.encode import Encoder

        known, dialect = self._reader().fields, self._identity.dialect
        return Encoder(dialect, self._catalogue or (), known, self._config.fields)

    # ---- fields ----

    def _reader(self) -> Reader:
        """The reader, with the fields of the site; asks for them where no run has."""
        if self._catalogue is None:
            self._ask_fields()
        return self._checked_reader()

    def _checked_reader(self) -> Reader:
        """The reader; a name that is not known is looked for once more at the vendor, then raises ConfigError."""
        try:
            return self._known_reader()
        except ValueError:
            self._ask_fields()
        try:
            return self._known_reader()
        except ValueError as error:
            raise error.__cause__ if isinstance(error.__cause__, ConfigError) else error from None

    def _known_reader(self) -> Reader:
        """The reader of what is known without a request; raises ValueError where a configured name is not."""
        if self._kept_reader is None:
            try:
                known = field_map(self._catalogue or (), self._config.fields, self._config.name)
            except ConfigError as error:
                raise ValueError(error.message) from error
            self._kept_reader = Reader(self._config.url, known, self._identity.dialect)
        return self._kept_reader

    def _ask_fields(self) -> None:
        try:
            self._catalogue = parse_catalogue(self._api().get("field"))
        except ValueError as error:
            raise ProtocolError(f"field: {error}") from None
        now = self._identity.server_time
        self._catalogue_at = str(millis(now)) if now else ""
        self._kept_reader = self._kept_metadata = None

    def _fields_are_old(self) -> bool:
        now = self._identity.server_time
        if now is None or not self._catalogue_at.isdecimal():
            return now is not None
        return abs(millis(now) - int(self._catalogue_at)) > FIELDS_LAST


def _description(container: str, answer: object, catalogue: Sequence[Field]) -> Description:
    types = [required(entry, "type") for entry in rows(answer, "types")]
    found = {
        status.id: status
        for entry in types
        for at, row in enumerate(rows(entry.get("statuses"), "statuses"))
        if (status := native_status(row, f"statuses[{at}]"))
    }
    return Description(
        container=identity(container, "container"),
        statuses=tuple(found.values()),
        types=tuple(name for entry in types if (name := text(entry.get("name"), "type.name"))),
        fields=tuple(
            FieldInfo(f.id, f.name, f.type, custom=f.id.startswith("customfield_")) for f in catalogue
        ),
    )
