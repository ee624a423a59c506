"""What an administrator of a Data Center instance may have set, and what differs from release to release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.site import Site


@dataclass(frozen=True)
class Throttle:
    """Rate limiting as an administrator configures it: ``burst`` tokens at most, ``fill`` more every ``interval`` s.

    Headers and words: Atlassian, "Adjusting your code for rate limiting". It exists since 8.6 and is off by default.
    """

    burst: int = 70
    fill: int = 5
    interval: int = 1


@dataclass(frozen=True)
class Server:
    """One instance. ``context`` is the path it lives under, such as ``/jira``.

    ``max_results`` is the property ``jira.search.views.default.max``. ``window`` is the last row a search may reach,
    10,000 on Jira 11 with OpenSearch, None before. ``captcha_after`` failed logins a person must solve a CAPTCHA.
    ``bad_bearer_is_anonymous``: an unknown or expired access token makes an anonymous caller, as recorded on 10.3;
    otherwise it is refused. ``sprint_texts``: sprints inside issues are texts. ``epic_parents``: an issue's epic is its
    ``parent`` too. ``agile_totals``: pages of boards tell their total; pages of sprints never do. ``tokens``: personal
    access tokens are known, which is so since 8.14. ``changelog_field_ids``: a changelog item names its ``fieldId``.
    ``software``: Jira Software is installed; without it there are no boards.
    """

    version: str = "9.12.15"
    context: str = ""
    title: str = "Jira"
    max_results: int = 1000
    window: int | None = None
    captcha_after: int = 3
    bad_bearer_is_anonymous: bool = True
    sprint_texts: bool = True
    epic_parents: bool = False
    agile_totals: bool = True
    tokens: bool = True
    changelog_field_ids: bool = False
    archives: bool = True
    software: bool = True
    throttle: Throttle | None = None

    @classmethod
    def old(cls, version: str = "7.12.3", *, context: str = "") -> Server:
        """An instance of before Data Center had access tokens, archives and rate limiting."""
        return cls(version, context, agile_totals=False, tokens=False, archives=False)

    @property
    def numbers(self) -> list[int]:
        return [int(part) for part in self.version.split(".")]

    @property
    def user_page(self) -> int:
        """The most people a search of people gives at once: 100 since version 10 (JRASERVER-78660)."""
        return 100 if self.numbers >= [10] else 1000

    @property
    def lists_users(self) -> bool:
        """Whether there is a list of all people: since 11.0, and in the long-term release 10.3."""
        return self.numbers >= [11] or self.numbers[:2] == [10, 3]

    @property
    def build(self) -> int:
        """9.12.15 is build 9120015, 7.12.3 was build 712003: wider since version 10."""
        major, minor, patch = self.numbers
        wide = 1_000_000 if major >= 9 else 100_000
        return major * wide + minor * (10_000 if major >= 9 else 1000) + patch


NAMES: Mapping[str, str] = {
    "fixVersions": "Fix Version/s",
    "versions": "Affects Version/s",
    "components": "Component/s",
    "duedate": "Due Date",
    "subtasks": "Sub-Tasks",
    "timeoriginalestimate": "Original Estimate",
}
"""Fields that servers name otherwise than Cloud."""

UNLISTED = frozenset({"statusCategory", "statuscategorychangedate", "parent"})
"""Fields of Cloud that a server does not list; a sub-task has its ``parent`` all the same."""

_MORE = (
    e.Field("issuekey", "Key", "", clauses=("id", "issue", "issuekey", "key")),
    e.Field("thumbnail", "Images", ""),
    e.Field("timetracking", "Time Tracking", "timetracking"),
    e.Field("progress", "Progress", "progress"),
    e.Field("aggregateprogress", "Σ Progress", "progress"),
    e.Field("aggregatetimespent", "Σ Time Spent", "number"),
    e.Field("aggregatetimeestimate", "Σ Remaining Estimate", "number"),
    e.Field("aggregatetimeoriginalestimate", "Σ Original Estimate", "number"),
)
_ARCHIVE = (
    e.Field("archiveddate", "Archived", "datetime"),
    e.Field("archivedby", "Archiver", "user"),
)
EXTRA: tuple[e.Field, ...] = (*_MORE, *_ARCHIVE)
NOT_NAVIGABLE = frozenset({"comment", "worklog", "attachment", "timetracking"})


def equip(site: Site, server: Server) -> None:
    """Give a site the fields as a server has them: other names, sprints as texts, nothing of team-managed projects."""
    del site.fields[e.CustomField.STORY_POINT_ESTIMATE]
    for id_, name in NAMES.items():
        site.fields[id_].name = name
    if server.sprint_texts:
        site.fields[e.CustomField.SPRINT].items = "string"
