"""Trello.

Where to look: `translate` for what a card, list or label means; `history` for actions; `fields` for custom fields;
`walk` for how cards are pulled; `writing` for how they are written.
``docs/connectors/trello.md`` tells what a user must know, and lists every pitfall of the vendor with its test.
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
    FieldInfo,
    History,
    Page,
    Stream,
)
from syncline.errors import ProtocolError
from syncline.http import OAuth
from syncline.model import Kind, Record, Ref, Sourced, TextFormat
from syncline.writer import Writes
from syncline_connectors.trello.api import MEMBERS, Api, Get, answered, row_id, rows_of
from syncline_connectors.trello.assemble import Assembler
from syncline_connectors.trello.boards import Board
from syncline_connectors.trello.config import TrelloConfig
from syncline_connectors.trello.fields import COMMON
from syncline_connectors.trello.history import NATIVE_FIELDS
from syncline_connectors.trello.ids import SITE, within
from syncline_connectors.trello.lookup import Lookup
from syncline_connectors.trello.metadata import Metadata
from syncline_connectors.trello.reading import KINDS, Reader
from syncline_connectors.trello.target import CREATES, WRITES
from syncline_connectors.trello.translate import CARD, SITE_URL, board_payload, member_payload
from syncline_connectors.trello.walk import CardWalk, in_reach

if TYPE_CHECKING:
    from syncline.http import Auth, Http
    from syncline_connectors.trello.encode import Encoder
    from syncline_connectors.trello.writing import Writer

__all__ = ["Trello", "TrelloConfig"]

VOLATILE = frozenset({"limits", "customFieldItems.id", "subscribed"})
"""What changes in a payload without the record changing."""


class Trello(Writes):
    """The connector to one member's boards."""

    name: ClassVar[str] = "trello"
    api_version: ClassVar[int] = API_VERSION
    Config: ClassVar[type[TrelloConfig]] = TrelloConfig
    capabilities: Capabilities = Capabilities(
        reads=KINDS,
        writes=WRITES,
        creates=CREATES,
        history=dict.fromkeys(NATIVE_FIELDS, History.NATIVE),
        text_format=TextFormat.MARKDOWN,
        volatile=VOLATILE,
        # 100 in 10 s for a token, and 300 for a key; of /members/ 100 in 900 s. Ours: 80, and 96.
        # A refusal says nothing of when to come back: the window is over after that time
        buckets=(
            Bucket("default", rate=6.0, burst=20, pause=10.0),
            Bucket(MEMBERS, rate=0.04, burst=60, pause=60.0, within="default"),
        ),
        concurrency=4,
    )

    def __init__(self, config: TrelloConfig, http: Http, memo: Mapping[str, str]) -> None:
        self._config = config
        self._api = Api(http)
        self._reader = Reader(config.fields, config.time_zone)
        self._metadata = Metadata(self._api, self._reader)
        self._known_me = memo.get("user")
        history = dict.fromkeys(NATIVE_FIELDS, History.NATIVE) if self._has("changelog") else {}
        absent = set(COMMON) - config.fields.keys()
        self.capabilities = replace(type(self).capabilities, history=history, writes=WRITES - absent)
        self._kept_writer: Writer | None = None

    @classmethod
    def auth(cls, config: TrelloConfig) -> Auth:
        return OAuth(*(SecretStr(one.get_secret_value()) for one in (config.key, config.token)))

    @classmethod
    def origins(cls, config: TrelloConfig) -> tuple[str, ...]:
        return (config.url,)

    # ---- who ----

    @property
    def vouched(self) -> bool | None:
        """Every look at boards tells whose token it was; bad credentials are always refused with 401."""
        return None if self._known_me is None else self._api.me == self._known_me

    def probe(self) -> None:
        answered(self._api.get("members/me", fields="id"), "members/me")

    def check(self) -> Account:
        me = answered(self._api.get("members/me", fields="id,username,fullName,url"), "members/me")
        self._api.me = self._known_me = row_id(me, "members/me")
        return Account(
            site=SITE,
            site_name="Trello",
            user_id=self._known_me,
            user_name=str(me.get("fullName") or me.get("username") or self._known_me),
            url=SITE_URL,
            memo={"user": self._known_me},
        )

    # ---- what there is ----

    @property
    def _scope(self) -> frozenset[str]:
        return frozenset(self._config.boards or (EVERYTHING,))

    def streams(self) -> Sequence[Stream]:
        offered = [
            Stream("boards", (Kind.CONTAINER,), self._scope, Cadence.CENSUS),
            Stream("people", (Kind.PERSON,), self._scope, Cadence.CENSUS),
        ]
        if self._has("issues"):
            offered.append(self._issues())
        return offered

    def _issues(self) -> Stream:
        rides = {Kind.COMMENT: "comments"} if self._has("comments") else {}
        counted = {**rides, Kind.ATTACHMENT: "attachments"}
        wanted = sorted({"comments", "changelog", "checkitems"}.intersection(self._config.streams))
        return Stream(
            "issues",
            (Kind.ISSUE, *counted),
            self._scope,
            Cadence.RUN,
            counted,
            history_as="changelog",
            selection=" ".join([*wanted, self._config.time_zone]),
        )

    def containers(self) -> Sequence[Sourced]:
        found = self._metadata.visible(self._metadata.keys(self._scope))
        page = self._metadata.page(Kind.CONTAINER, [board_payload(board.payload) for board in found])
        if page.quarantined:
            raise ProtocolError(f"boards: {page.quarantined[0].reason}")
        return page.records

    def describe(self, container: str) -> Description:
        """Lists, custom fields and members of a board."""
        (board,) = self._metadata.boards([container])
        members = [member_payload(one) for one in rows_of(board.payload.get("members"), "members")]
        return Description(
            container=board.id,
            statuses=tuple(status for status in board.statuses() if not board.lists[str(status.id)].closed),
            types=(CARD,),
            fields=self._described(board),
            people=tuple(self._metadata.page(Kind.PERSON, members).records),
        )

    def remarks(self) -> Sequence[str]:
        """What a person should know: whose days dates are, and which boards the world reads."""
        found = []
        if self._config.time_zone == "UTC":
            found.append("due and start dates are read as days in UTC; time_zone names another zone")
        if self._config.access == "write":
            found.append(
                "what the token may do is not looked at: Trello tells it only where the token stands in the address; "
                "one that only reads is refused at the first write"
            )
            keys = self._metadata.keys(self._scope)
            asked = [Get(f"boards/{key}", {"fields": "name,prefs"}) for key in keys]
            for board in self._api.batch(asked):
                if isinstance(board, dict) and (board.get("prefs") or {}).get("permissionLevel") == "public":
                    name = board.get("name")
                    found.append(f"the board {name!r} is public: everybody can read what is written there")
        return found

    def _described(self, board: Board) -> tuple[FieldInfo, ...]:
        """The board's custom fields, with what they hold by the configuration."""
        return tuple(
            FieldInfo(
                one.id,
                one.name,
                _TYPES.get(one.type, one.type),
                tuple(name for _, name in one.options),
                custom=True,
                field=self._reader.fields.of(one.id, one.name),
            )
            for one in board.fields.values()
        )

    # ---- reading ----

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        if stream.name != "issues":
            yield from self._metadata.pages(stream)
            return
        yield from CardWalk(self._api, self._assembler(), stream, frozenset(self._config.streams)).pages(
            cursor
        )

    def census(self, stream: Stream) -> Iterator[Sequence[str]]:
        """Ids of cards, archived ones too, and of the check items in them. The other streams are read whole anyway."""
        if stream.name != "issues":
            raise ProtocolError(f"{stream.name} has no census of its own")
        for board in self._metadata.boards(self._metadata.keys(stream.scope)):
            for page in self._api.inventory(board.id):
                cards = [card for card in page if in_reach(card, stream)]
                yield [number for card in cards for number in self._ids(card)]

    def _ids(self, card: Mapping[str, Any]) -> Iterator[str]:
        number = row_id(card, "cards")
        yield number
        for checklist in rows_of(card.get("checklists"), "checklists") if self._has("checkitems") else ():
            for item in rows_of(checklist.get("checkItems"), "checkItems"):
                yield within(number, row_id(item, "checkItems"))

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        lookup = Lookup(
            self._api,
            self._reader,
            self._assembler(),
            self._metadata,
            scope=self._scope,
            feeds=frozenset(self._config.streams),
        )
        yield from lookup.fetch(refs)

    def translate(self, kind: Kind, payload: Mapping[str, Any]) -> Record:
        return self._reader.read(kind, payload)

    # ---- how ----

    def _has(self, feed: str) -> bool:
        return feed in self._config.streams

    def _writer(self) -> Writer:
        from syncline_connectors.trello.writing import Writer

        if self._kept_writer is None:
            me = self._known_me or self.check().user_id
            self._kept_writer = Writer(self._api, self._reader, self._encoder(), self._config, me)
        return self._kept_writer

    def _encoder(self) -> Encoder:
        from syncline_connectors.trello.encode import Encoder

        return Encoder(self._reader.fields, self._config.fields, self._reader.zone)

    def _assembler(self) -> Assembler:
        return Assembler(self._reader, items=self._has("checkitems"))


_TYPES = {"text": "string", "list": "option"}
"""Trello's types of custom fields in the words of other connectors; number, date and checkbox are the same."""
