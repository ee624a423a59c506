"""People at work while somebody reads: between two pages issues are edited, commented, moved and removed."""

from __future__ import annotations

from collections.abc import Sequence

from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.simulator.work import Work

_DEEDS = ("edit", "edit", "comment", "status", "delete", "move")


class Bot:
    """Acts at random by the site's seed, at most ``budget`` times. ``actions`` tells what it did: deed, issue id."""

    def __init__(self, work: Work, budget: int) -> None:
        self._work = work
        self.budget = budget
        self.actions: list[tuple[str, int]] = []
        self._ahead: list[str] = []

    def act(self, rows: Sequence[Issue], chance: float) -> None:
        """Perhaps do one thing to one of the issues that are being read."""
        alive = [self._work.issues[row.id] for row in rows if row.id in self._work.issues]
        if not alive or len(self.actions) >= self.budget or self._work.random.random() >= chance:
            return
        issue = self._work.random.choice(alive)
        deed = self._next()
        if self._do(deed, issue):
            self.actions.append((deed, issue.id))

    def _next(self) -> str:
        """Deeds in random order, each as often as it is listed before any comes again."""
        if not self._ahead:
            self._ahead = self._work.random.sample(_DEEDS, len(_DEEDS))
        return self._ahead.pop()

    def _do(self, deed: str, issue: Issue) -> bool:
        work = self._work
        if deed == "edit":
            work.edit(issue, {"summary": f"Edited {len(self.actions) + 1} times by others, {issue.key}"})
        elif deed == "comment":
            work.comment(issue, "Written while you were reading.")
        elif deed == "status":
            work.transition(issue, work.random.choice(["In Progress", "Done", "To Do"]))
        elif deed == "delete":
            work.delete(issue)
        else:
            return self._move(issue)
        return True

    def _move(self, issue: Issue) -> bool:
        elsewhere = [p for p in self._work.projects.values() if p is not issue.project and not p.hidden_from]
        if elsewhere:
            self._work.move(issue, self._work.random.choice(elsewhere))
        return bool(elsewhere)
