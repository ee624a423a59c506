"""Which Jira the simulated site is."""

from __future__ import annotations

from enum import StrEnum


class Face(StrEnum):
    """Cloud speaks v3: ADF, account ids, page tokens. Data Center speaks v2: wiki markup, user names, offsets."""

    CLOUD = "cloud"
    DATA_CENTER = "data center"

    @property
    def prefix(self) -> str:
        """What stands before every endpoint of the platform."""
        return "/rest/api/3/" if self is Face.CLOUD else "/rest/api/2/"
