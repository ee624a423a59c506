"""What stands under ``[connections.NAME]`` for Trello."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from syncline.config import ConnectionConfig
from syncline.config.values import Url, Words, ZoneName
from syncline.secrets import Secret

Feed = Literal["issues", "comments", "changelog", "checkitems"]
FEEDS: tuple[Feed, ...] = ("issues", "comments", "changelog", "checkitems")


class TrelloConfig(ConnectionConfig):
    """One account of Trello, and the boards of it that matter."""

    mappable: ClassVar[frozenset[str]] = frozenset({"estimate", "priority"})

    url: Url = "https://api.trello.com/1"
    """Address of the API."""
    key: Secret = Field(examples=["env:TRELLO_KEY"])
    """API key of the Power-Up that the token was made for."""
    token: Secret = Field(examples=["env:TRELLO_TOKEN"])
    """The member's token."""
    boards: Words | None = Field(default=None, examples=[["Ab12Cd34"]])
    """Ids or short links of the boards to pull; left out: every open board of the member."""
    streams: Annotated[tuple[Feed, ...], Field(min_length=1)] = FEEDS
    """What is pulled; left out: all."""
    time_zone: ZoneName = Field(default="UTC", examples=["Europe/Berlin"])
    """Whose days due and start dates are read as: Trello keeps instants, not days."""

    @model_validator(mode="after")
    def _need_issues(self) -> Self:
        riders = sorted({"comments", "changelog", "checkitems"}.intersection(self.streams))
        if riders and "issues" not in self.streams:
            raise ValueError(f'streams names {riders[0]}, which come with issues: name "issues" too')
        return self
