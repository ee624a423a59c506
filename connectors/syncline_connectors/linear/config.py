"""What stands under ``[connections.NAME]`` for Linear."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from syncline.config import ConnectionConfig
from syncline.config.values import Url, Words
from syncline.secrets import Secret

Feed = Literal[
    "issues",
    "comments",
    "attachments",
    "history",
    "projects",
    "initiatives",
    "milestones",
    "updates",
    "cycles",
]
FEEDS: tuple[Feed, ...] = (
    "issues",
    "comments",
    "attachments",
    "history",
    "projects",
    "initiatives",
    "milestones",
    "updates",
    "cycles",
)
RIDERS = ("comments", "attachments", "history")
"""Feeds that come with issues."""


class LinearConfig(ConnectionConfig):
    """One Linear workspace."""

    mappable: ClassVar[frozenset[str]] = frozenset()
    unused: ClassVar[frozenset[str]] = frozenset({"customer_visible", "fields"})
    """No customer sees anything in Linear, and it has no fields of one's own."""

    url: Url = "https://api.linear.app/graphql"
    """Address of the GraphQL API."""
    token: Secret = Field(examples=["env:LINEAR_API_KEY"])
    """A personal API key, or the access token of an OAuth application."""
    auth: Literal["key", "oauth"] | None = None
    """"key" or "oauth"; left out: a token that begins with `lin_api_` is a key, any other an OAuth token."""
    teams: Words | None = Field(default=None, examples=[["COR", "GRO"]])
    """Keys of the teams to pull; left out: everything visible."""
    streams: Annotated[tuple[Feed, ...], Field(min_length=1)] = FEEDS
    """What is pulled; left out: all."""

    @model_validator(mode="after")
    def _need_issues(self) -> Self:
        riders = sorted(set(RIDERS).intersection(self.streams))
        if riders and "issues" not in self.streams:
            raise ValueError(f'streams names {riders[0]}, which come with issues: name "issues" too')
        return self
