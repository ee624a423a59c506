"""What stands under ``[connections.NAME]`` for Jira."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, model_validator

from syncline.config import ConnectionConfig
from syncline.config.values import Section, Url, Word, Words, is_loopback
from syncline.secrets import Secret
from syncline_connectors.jira.jql import checked_filter

Feed = Literal["issues", "comments", "changelog", "boards", "sprints", "versions", "worklogs"]
FEEDS: tuple[Feed, ...] = ("issues", "comments", "changelog", "boards", "sprints", "versions", "worklogs")


class Way(Section):
    """How issues get into one status."""

    via: Words | None = Field(default=None, examples=[["In Review"]])
    """Native statuses on the way, in order, where no transition leads there directly."""
    set: Mapping[str, JsonValue] = Field(default={}, examples=[{"Resolution": "Done"}])
    """What the transitions ask for: the field's display name or id to its value, sent where it is asked for."""


class JiraConfig(ConnectionConfig):
    """One Jira site, on Cloud or on a server of one's own (Data Center)."""

    mappable: ClassVar[frozenset[str]] = frozenset({"estimate", "start_on"})

    url: Url = Field(examples=["https://acme.atlassian.net"])
    """Address of the site, also where the token only works through the gateway."""
    user: Word | None = Field(default=None, examples=["syncline@acme.example"])
    """E-mail of the account the token belongs to (Data Center: login name); left out for a bearer token."""
    token: Secret = Field(examples=["env:JIRA_TOKEN"])
    """API token; on Data Center a personal access token, or the password of the user."""
    projects: Words | None = Field(default=None, examples=[["ENG", "WEB"]])
    """Keys of the projects to pull; left out: everything visible."""
    filter: Annotated[Word, AfterValidator(checked_filter)] | None = Field(
        default=None, examples=['issuetype != "Time Off"']
    )
    """JQL added to every query, without ORDER BY."""
    gateway: Url = "https://api.atlassian.com"
    """Where scoped tokens and service accounts are served."""
    streams: Annotated[tuple[Feed, ...], Field(min_length=1)] = FEEDS
    """What is pulled; left out: all."""

    transitions: Mapping[str, Way] = Field(
        default={}, examples=[{"Done": {"via": ["In Review"], "set": {"Resolution": "Done"}}}]
    )
    """By native status: how issues get there, `{ via = [status], set = { field = value } }`."""

    @model_validator(mode="after")
    def _need_issues(self) -> Self:
        riders = sorted({"comments", "changelog", "worklogs"}.intersection(self.streams))
        if riders and "issues" not in self.streams:
            raise ValueError(f'streams names {riders[0]}, which come with issues: name "issues" too')
        return self

    @model_validator(mode="after")
    def _require_tls_at_the_gateway(self) -> Self:
        if self.gateway.startswith("http:") and not self.insecure and not is_loopback(self.gateway):
            raise ValueError("gateway must begin with https://; insecure = true would accept http://")
        return self
