"""Linear.

Where to look: `translate` for what a state, priority or relation means; `history` for what an issue's past tells;
`documents` for every query and mutation; `walk` for how issues are pulled; `writing` for how they are written.
``docs/connectors/linear.md`` tells what a user must know, and lists every pitfall of the vendor with its test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
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
    History,
    Page,
    Stream,
)
from syncline.errors import AccessDenied, Invalid, NotFound, ProtocolError
from syncline.http import Bearer, Header
from syncline.model import Kind, Record, Ref, Sourced, TextFormat
from syncline.writer import Writes
from syncline_connectors.linear import documents
from syncline_connectors.linear.api import Api, row_id
from syncline_connectors.linear.assemble import Assembler
from syncline_connectors.linear.catalogue import Catalogue
from syncline_connectors.linear.config import FEEDS, RIDERS, LinearConfig
from syncline_connectors.linear.encode import WRITES
from syncline_connectors.linear.history import NATIVE_FIELDS
from syncline_connectors.linear.identity import Identity
from syncline_connectors.linear.lookup import Lookup, is_id
from syncline_connectors.linear.metadata import LISTS, Metadata, statuses_of
from syncline_connectors.linear.reading import KINDS, TYPE, read
from syncline_connectors.linear.target import CREATES
from syncline_connectors.linear.walk import IssueWalk, start, window

if TYPE_CHECKING:
    from syncline.http import Auth, Http
    from syncline_connectors.linear.encode import Encoder
    from syncline_connectors.linear.writing import Writer

__all__ = ["Linear", "LinearConfig"]

KEY = "lin_api_"
"""How personal API keys begin. They go bare into the header; everything else goes after ``Bearer``."""


STORE = "https://uploads.linear.app"
"""Where files are kept: they are shown to the same credentials."""

NOWHERE = "00000000-0000-4000-8000-000000000000"
"""The id of nothing: real ones are drawn at random."""


class Linear(Writes):
    """The connector to one Linear workspace."""

    name: ClassVar[str] = "linear"
    api_version: ClassVar[int] = API_VERSION
    Config: ClassVar[type[LinearConfig]] = LinearConfig
    capabilities: Capabilities = Capabilities(
        reads=KINDS,
        writes=WRITES,
        creates=CREATES,
        history=dict.fromkeys(NATIVE_FIELDS, History.NATIVE),
        text_format=TextFormat.MARKDOWN,
        volatile=frozenset({"url"}),  # holds words of the title, also in what hangs on an issue
        # 2,500 requests an hour for all keys of a person, in a bucket that leaks; 500 are left to others
        buckets=(Bucket("default", rate=2500 / 3600, burst=2000),),
        concurrency=4,
    )

    def __init__(self, config: LinearConfig, http: Http, memo: Mapping[str, str]) -> None:
        self._config = config
        self._identity = Identity(memo)
        self._api = Api(http, self._identity.hear)
        self._catalogue = Catalogue(self._api)
        self._assembler = Assembler(self._api, self._catalogue)
        self._metadata = Metadata(self._api, self._identity)
        self._kept_writer: Writer | None = None
        if not self._has("history"):
            self.capabilities = replace(type(self).capabilities, history={})

    @classmethod
    def auth(cls, config: LinearConfig) -> Auth:
        secret = config.token.get_secret_value()
        is_key = config.auth == "key" or (config.auth is None and secret.startswith(KEY))
        return Header("Authorization", SecretStr(secret)) if is_key else Bearer(SecretStr(secret))

    @classmethod
    def origins(cls, config: LinearConfig) -> tuple[str, ...]:
        return config.url, STORE

    # ---- who ----

    @property
    def vouched(self) -> bool | None:
        return self._identity.vouched

    def probe(self) -> None:
        self._identity.prove(self._api)

    def check(self) -> Account:
        return self._identity.account(self._api)

    def prove_writing(self) -> None:
        """Ask to delete a relation that cannot be: Linear tells a key's scope only by what it refuses for it.

        Source of the refusal: linear/linear issue 895. That scopes are looked at before ids is not written anywhere;
        where it is otherwise, this says nothing.
        """
        try:
            self._api.write(documents.DELETE_RELATION, id=NOWHERE)
        except AccessDenied as error:
            raise AccessDenied(
                f'access = "write", but the credentials only read ({error.message})',
                hint='give the key the permission "Write", or leave access out',
            ) from None
        except (NotFound, Invalid):
            return

    def remarks(self) -> Sequence[str]:
        return [f"Linear does not know {name} any more: it is left out" for name in self._api.without]

    # ---- what there is ----

    def streams(self) -> Sequence[Stream]:
        scope = frozenset(self._config.teams or {EVERYTHING})
        everywhere = frozenset({EVERYTHING})
        rides = {Kind.COMMENT: "comments", Kind.ATTACHMENT: "attachments"}
        rides = {kind: name for kind, name in rides.items() if self._has(name)}
        offered = [
            Stream(
                name,
                (wanted.kind,),
                everywhere if name in ("people", "initiatives") else scope,
                Cadence.CENSUS,
            )
            for name, wanted in LISTS.items()
        ]
        offered.append(
            Stream(
                "issues",
                (Kind.ISSUE, *rides, Kind.RELATION),
                scope,
                Cadence.RUN,
                {**rides, Kind.RELATION: "relations"},
                selection=" ".join(sorted(set(RIDERS) & set(self._config.streams))),
            )
        )
        return [one for one in offered if one.name not in FEEDS or self._has(one.name)]

    def containers(self) -> Sequence[Sourced]:
        found = []
        for team, _ in self._metadata.teams():
            try:
                found.append(Sourced(read(Kind.CONTAINER, team), team))
            except ValueError as error:
                raise ProtocolError(f"teams: {error}") from None
        return found

    def describe(self, container: str) -> Description:
        """States of a team."""
        found = self._metadata.teams({"id": {"eq": container}}) if is_id(container) else iter(())
        _, states = next(found, ({}, None))
        if states is None:
            raise NotFound(f"Linear shows no team {container}")
        try:
            found_here = Description(container, statuses_of(states), types=(TYPE,))
        except ValueError as error:
            raise ProtocolError(f"workflowStates: {error}") from None
        if self._config.access == "read":
            return found_here
        writer = self._writer()
        return replace(found_here, creation=writer.creation(container), people=writer.people())

    # ---- reading ----

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        if stream.name != "issues":
            yield from self._metadata.pages(stream)
            return
        walk = IssueWalk(self._api, self._assembler, self._catalogue, stream=stream, rides=self._rides())
        yield from walk.pages(start(stream, cursor), cursor.mark)

    def census(self, stream: Stream) -> Iterator[Sequence[str]]:
        """Ids alone, archived ones too. Only issues have one; the other streams are read whole anyway."""
        if stream.name != "issues":
            raise ProtocolError(f"{stream.name} has no census of its own")
        keys = sorted(stream.scope - {EVERYTHING})
        where: dict[str, Any] = {"team": {"key": {"in": keys}}} if keys else {}
        since = window(stream)
        if since is not None:
            where["updatedAt"] = {"gte": since}
        for rows in self._api.pages(documents.CENSUS, "issues", where):
            yield [row_id(row, "issues") for row in rows]

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        lookup = Lookup(self._api, self._assembler, self._metadata, rides=self._rides())
        yield from lookup.fetch(refs)

    def translate(self, kind: Kind, payload: Mapping[str, Any]) -> Record:
        return read(kind, payload)

    # ---- how ----

    def _writer(self) -> Writer:
        from syncline_connectors.linear.writing import Writer

        if self._kept_writer is None:
            site = self._identity.account(self._api).site
            self._kept_writer = Writer(self._api, self._assembler, self._metadata, site, STORE)
        return self._kept_writer

    def _encoder(self) -> Encoder:
        return self._writer().encoder

    def _has(self, feed: str) -> bool:
        return feed in self._config.streams

    def _rides(self) -> dict[str, bool]:
        return {name: self._has(name) for name in RIDERS}
