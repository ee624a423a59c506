"""What an ``update`` hangs on an issue besides fields, and what happens on the site after a write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import Call
from syncline_connectors.jira.simulator.comments import Draft, add_comment, readable_comment
from syncline_connectors.jira.simulator.edits import Edits
from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.simulator.links import HalfLink, make_link, readable_link


@dataclass(frozen=True)
class Hanging:
    """Comments and links that were read, so that nothing is refused once something was changed."""

    comments: tuple[Draft, ...]
    links: tuple[HalfLink, ...]

    @classmethod
    def of(cls, call: Call, project: e.Project, edits: Edits) -> Hanging:
        comments = tuple(readable_comment(call, project, given) for given in edits.comments)
        return cls(comments, tuple(readable_link(call, project, given) for given in edits.links))

    def add(self, call: Call, issue: Issue) -> None:
        for comment in self.comments:
            add_comment(call, issue, comment)
        for link in self.links:
            make_link(call, link.of(issue))


def revert(call: Call, issue: Issue, before: Mapping[str, Any]) -> None:
    """Let automation rules set back what was just written."""
    for rule in call.work.reverters:
        mine = {id_: value for id_, value in before.items() if id_ in rule.fields}
        if rule.times > 0 and any(issue.fields.get(id_) != value for id_, value in mine.items()):
            rule.times -= 1
            rule.done.append(issue.id)
            status = mine.pop("status", None)
            if isinstance(status, e.Status):
                call.work.enter(issue, status, mine, by=rule.user)
            else:
                call.work.edit(issue, mine, by=rule.user)
