"""What a company decides for itself: the guards, teams, and its own fields."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from syncline.config.values import Positive, Section, Share, Whole, Word, Words


class Guard(Section):
    """The larger of a number and a share of the block's links."""

    number: Whole = Field(ge=0, examples=[20])
    """So many are always allowed."""
    share: Share = Field(examples=[0.05])
    """Or this share of the block's links, from 0 to 1."""


class Guards(Section):
    """Beyond these a sync block is refused whole, because its plan looks like a disaster (exit 5)."""

    creates: Guard = Field(default=Guard(number=20, share=0.05), examples=[{"number": 20, "share": 0.05}])
    """Records made."""
    updates: Guard = Field(default=Guard(number=200, share=0.2), examples=[{"number": 200, "share": 0.2}])
    """Records changed."""
    removals: Guard = Field(default=Guard(number=3, share=0.05), examples=[{"number": 3, "share": 0.05}])
    """Records removed. With share = 1 a tool that lists nothing any more is believed, too."""


class TeamConfig(Section):
    """A team in reports: the containers it works in and how much it takes on at once."""

    containers: Words = Field(examples=[["eng:ENG", "product:COR"]])
    """Its containers, each as connection:key."""
    wip: Positive | None = Field(default=None, examples=[8])
    """How many items it wants in progress at most."""


class FieldConfig(Section):
    """A field of the company's own; each connection says where its copy lives."""

    type: Literal["choice", "number", "text"] = Field(examples=["choice"])
    """What it holds."""
    values: Words | None = Field(default=None, examples=[["s1", "s2", "s3"]])
    """For a choice: its values."""
    unit: Word | None = Field(default=None, examples=["users/quarter"])
    """For a number: its unit, shown in reports."""

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if (self.values is not None) != (self.type == "choice"):
            raise ValueError("values belong to a choice, and a choice needs them")
        if self.unit is not None and self.type != "number":
            raise ValueError("unit belongs to a number")
        return self
