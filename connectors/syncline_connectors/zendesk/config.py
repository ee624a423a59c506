"""What stands under ``[connections.NAME]`` for Zendesk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from syncline.config import ConnectionConfig, FieldCopy
from syncline.config.connection import field_copy
from syncline.config.values import Section, Url, Word, Words
from syncline.secrets import Secret

Feed = Literal["tickets", "comments", "history", "satisfaction", "organizations", "links"]
FEEDS: tuple[Feed, ...] = ("tickets", "comments", "history", "satisfaction", "organizations", "links")


class Exclude(Section):
    """Tickets that are left out: nothing of them is stored, and what was stored before is erased."""

    labels: Words | None = Field(default=None, examples=[["hr", "legal"]])
    """Tags; a ticket that bears one of them is left out."""


class Keep(Section):
    """How much of what customers wrote, and of who they are, is stored."""

    comments: Literal["all", "internal", "none"] = "all"
    """"internal" leaves out public comments and a ticket's description, which is its first comment."""
    requester: Literal["full", "organization", "none"] = "organization"
    """"organization" leaves out who asked and keeps for which company; "none" leaves out both."""


class TicketField(FieldCopy):
    """Where Zendesk keeps a field: on tickets, or on the customer's organization."""

    field: Annotated[str, BeforeValidator(lambda value: str(value) if type(value) is int else value)] = Field(
        default="", examples=["Severity"]
    )
    """Title or id of a ticket field."""
    organization: Word | None = Field(default=None, examples=["arr_eur"])
    """Key of a field of organizations, instead of a ticket field."""

    @model_validator(mode="after")
    def _be_in_one_place(self) -> Self:
        if bool(self.field) == bool(self.organization):
            raise ValueError("names either a ticket field or an organization field")
        return self


class ZendeskConfig(ConnectionConfig):
    """One Zendesk Support account."""

    url: Url = Field(examples=["https://acme.zendesk.com"])
    """Address of the account, by its subdomain."""
    user: Word | None = Field(default=None, examples=["syncline@acme.example"])
    """E-mail of the agent the API token is used as; left out for an OAuth token."""
    token: Secret = Field(examples=["env:ZENDESK_TOKEN"])
    """API token, or OAuth access token where `user` is left out."""
    groups: Words | None = Field(default=None, examples=[["Tier 1", "Tier 2"]])
    """Names of the groups whose tickets are stored; left out: all tickets."""
    exclude: Exclude = Field(default=Exclude(), examples=[{"labels": ["hr", "legal"]}])
    """What is left out even so."""
    keep: Keep = Field(default=Keep(), examples=[{"comments": "all", "requester": "organization"}])
    """How much is stored of what customers wrote, and of who they are."""
    jira: Url | None = Field(default=None, examples=["https://acme.atlassian.net"])
    """Address of the Jira site whose issues the official Jira app links to; with it `match = ["native"]` finds them."""
    streams: Annotated[tuple[Feed, ...], Field(min_length=1)] = FEEDS
    """What is pulled; left out: all."""
    fields: Mapping[str, Annotated[TicketField, BeforeValidator(field_copy)]] = Field(
        default={}, examples=[{"severity": "Severity", "arr": {"organization": "arr_eur"}}]
    )
    """The company's field to a ticket field's title or id, or to `{ organization = key }`."""

    @model_validator(mode="after")
    def _need_tickets(self) -> Self:
        riders = [name for name in self.streams if name in ("comments", "history", "satisfaction", "links")]
        if riders and "tickets" not in self.streams:
            raise ValueError(f'streams names {riders[0]}, which belong to tickets: name "tickets" too')
        return self
