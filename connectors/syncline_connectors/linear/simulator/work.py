"""Issues and what hangs on them, and the history that their changes leave behind.

Every change takes ``by``, who does it (None: nobody, as an automation), and ``at``, when, so that a past can be acted
out. A renamed label does not change an issue's ``updatedAt``, and unless a quirk says so a comment does not either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from syncline.seams import Clock
from syncline_connectors.linear.simulator import entities as e
from syncline_connectors.linear.simulator.markdown import normalised
from syncline_connectors.linear.simulator.quirks import Quirks
from syncline_connectors.linear.simulator.times import milliseconds
from syncline_connectors.linear.simulator.workspace import Workspace

TRACKED = (
    "title",
    "priority",
    "estimate",
    "due_date",
    "state",
    "assignee",
    "delegate",
    "team",
    "parent",
    "project",
    "project_milestone",
    "cycle",
)
"""Fields whose old and new values the history keeps, as ``fromTitle`` and ``toTitle``."""
_PLAIN = (
    "subscriber_set",
    "snoozed_until_at",
    "snoozed_by",
    "sort_order",
    "sub_issue_sort_order",
    "priority_sort_order",
)
_LATE = timedelta(milliseconds=12)
"""How far before its creation a new comment was updated, as recorded."""


class Work(Workspace):
    """A workspace with issues."""

    def __init__(self, clock: Clock, *, seed: int, name: str, url_key: str, quirks: Quirks) -> None:
        super().__init__(clock, seed=seed, name=name, url_key=url_key)
        self.quirks = quirks

    def markdown(self, text: str | None) -> str | None:
        """The text as it is stored; what is empty is stored as nothing."""
        if text is None:
            return None
        return (normalised(text) if self.quirks.normalise else text) or None

    # ---- issues ----------------------------------------------------------------------------------------------------

    def create_issue(
        self,
        team: e.Team,
        title: str,
        *,
        by: e.User | None = None,
        at: datetime | None = None,
        id: str | None = None,
        state: e.State | str | None = None,
        labels: Iterable[e.Label] = (),
        description: str | None = None,
        number: int | None = None,
        **more: Any,
    ) -> e.Issue:
        """``state`` may be named. ``more`` are fields of `entities.Issue`, such as ``assignee`` or ``priority``.

        Without a state, what comes from outside a team with triage goes there.
        """
        made = self.stamp(at, id)
        team.last_number = max(team.last_number + 1, number or 0)
        issue = e.Issue(
            **made,
            team=team,
            number=number or team.last_number,
            title=title,
            state=self._first_state(team, state, by),
            description=self.markdown(description),
            creator=by,
            label_set=tuple(labels),
            sort_order=-float(len(self.issues)),
            **more,
        )
        self._enter(issue, made["created_at"])
        issue.subscriber_set = _together(issue.subscriber_set, by, issue.assignee)
        issue.added_to_project_at = made["created_at"] if issue.project else None
        issue.added_to_cycle_at = made["created_at"] if issue.cycle else None
        return self.put(self.issues, issue)

    def edit(
        self, issue: e.Issue, *, by: e.User | None = None, at: datetime | None = None, **changes: Any
    ) -> e.History | None:
        """Change fields of an issue by name, as one step of its history; raises TypeError for other names.

        Beside the fields of `TRACKED` there are ``description`` and ``labels``. Giving a value that is there already
        is no change, and a change of nothing leaves the issue untouched.
        """
        unknown = set(changes) - {*TRACKED, *_PLAIN, "description", "labels"}
        if unknown:
            raise TypeError(f"no such fields: {', '.join(sorted(unknown))}")
        moment = milliseconds(at) if at else self.now()
        if changes.get("team", issue.team) is not issue.team:
            changes = self._moved(issue, changes)
        values = self._tracked(issue, changes, moment) | self._described(issue, changes, by)
        values |= self._labelled(issue, changes)
        plain = {name: changes[name] for name in _PLAIN if name in changes}
        refreshed = self._refresh_completion(issue, changes, moment)
        if not values and not refreshed and all(getattr(issue, name) == v for name, v in plain.items()):
            return None
        for name, value in plain.items():
            setattr(issue, name, value)
        self.touch(issue, at)
        issue.subscriber_set = _together(issue.subscriber_set, changes.get("assignee"))
        return self.remember(issue, by, at, values) if values else None

    def transition(
        self,
        issue: e.Issue,
        state: e.State | str,
        *,
        by: e.User | None = None,
        at: datetime | None = None,
    ) -> e.History | None:
        """Move an issue to another state of its team, by name, type or itself; raises KeyError."""
        return self.edit(issue, by=by, at=at, state=self._first_state(issue.team, state))

    def move_team(
        self, issue: e.Issue, team: e.Team, *, by: e.User | None = None, at: datetime | None = None
    ) -> e.History | None:
        """Move an issue to another team: it gets a new identifier and what the other team has in place of its own."""
        return self.edit(issue, by=by, at=at, team=team)

    def remember(self, issue: e.Issue, by: e.User | None, at: datetime | None, values: e.Json) -> e.History:
        """Write a step of history."""
        entry = e.History(**self.stamp(at), issue=issue, actor=by, values=values)
        issue.history.append(entry)
        return entry

    # ---- archive, trash, purge -------------------------------------------------------------------------------------

    def archive(
        self,
        issue: e.Issue,
        *,
        by: e.User | None = None,
        at: datetime | None = None,
        automatic: bool = False,
    ) -> None:
        """Hide a finished issue from lists. ``automatic``: the team's settings did it, months after completion."""
        issue.archived_at = self.touch(issue, at)
        issue.auto_archived_at = issue.archived_at if automatic else None
        self.remember(issue, by, at, {"archived": True, "auto_archived": automatic or None})

    def unarchive(self, issue: e.Issue, *, by: e.User | None = None, at: datetime | None = None) -> None:
        """Bring an issue back from the archive or the trash."""
        was_trashed = issue.trashed
        issue.archived_at = issue.auto_archived_at = issue.trashed = None
        self.touch(issue, at)
        self.remember(issue, by, at, {"trashed": False} if was_trashed else {"archived": False})

    def trash(self, issue: e.Issue, *, by: e.User | None = None, at: datetime | None = None) -> None:
        """Delete an issue: for 30 days it can be brought back."""
        issue.archived_at, issue.trashed = self.touch(issue, at), True
        self.remember(issue, by, at, {"trashed": True})

    def purge(self, issue: e.Issue) -> None:
        """Remove an issue for good, with its comments, attachments and relations. Nothing tells that it was there."""
        self.issues.pop(issue.id)
        for other in self.issues.values():
            if other.parent is issue:
                other.parent = None
        self.comments = {id_: c for id_, c in self.comments.items() if c.issue is not issue}
        self.attachments = {id_: a for id_, a in self.attachments.items() if a.issue is not issue}
        self.relations = {
            id_: r for id_, r in self.relations.items() if issue not in (r.issue, r.related_issue)
        }
        self.bump()

    def purge_trash(self, *, after: timedelta = timedelta(days=30)) -> list[e.Issue]:
        """Remove for good what has been in the trash for long enough."""
        border = self.now() - after
        gone = [i for i in self.issues.values() if i.trashed and i.archived_at and i.archived_at <= border]
        for issue in gone:
            self.purge(issue)
        return gone

    def auto_archive(self) -> list[e.Issue]:
        """Archive what was finished longer ago than its team's settings allow; nobody is the actor."""
        now, done = self.now(), []
        for issue in self.issues.values():
            ended = issue.completed_at or issue.canceled_at
            if (
                ended
                and not issue.hidden
                and ended + timedelta(days=30) * issue.team.auto_archive_period <= now
            ):
                done.append(issue)
        for issue in done:
            self.archive(issue, automatic=True)
        return done

    def delete_label(self, label: e.Label) -> None:
        """Remove a label from everywhere; the issues that carried it are not touched."""
        del self.labels[label.id]
        for issue in self.issues.values():
            issue.label_set = tuple(kept for kept in issue.label_set if kept is not label)
        self.bump()

    # ---- what hangs on an issue ------------------------------------------------------------------------------------

    def comment(
        self,
        about: e.Issue | e.ProjectUpdate,
        body: str,
        *,
        by: e.User | None = None,
        at: datetime | None = None,
        id: str | None = None,
        parent: e.Comment | None = None,
        **more: Any,
    ) -> e.Comment:
        """``more`` are fields of `entities.Comment`, such as ``external_user`` or ``bot_actor``."""
        comment = e.Comment(
            **self.stamp(at, id), body=self.markdown(body) or "", user=by, parent=parent, **more
        )
        if isinstance(about, e.Issue):
            comment.issue = about
            about.subscriber_set = _together(about.subscriber_set, by)
            if self.quirks.comments_touch:
                self.touch(about, at)
        else:
            comment.project_update = about
        if self.quirks.early_update:
            comment.updated_at -= _LATE
        return self.put(self.comments, comment)

    def edit_comment(self, comment: e.Comment, body: str, *, at: datetime | None = None) -> None:
        comment.body = self.markdown(body) or ""
        comment.edited_at = self.touch(comment, at)

    def resolve_comment(
        self, comment: e.Comment, *, by: e.User | None = None, at: datetime | None = None
    ) -> None:
        """Close a thread."""
        comment.resolved_at, comment.resolving_user = self.touch(comment, at), by

    def delete_comment(self, comment: e.Comment) -> None:
        """Remove a comment and the answers to it. Nothing tells that they were there."""
        for answer in [c for c in self.comments.values() if c.parent is comment]:
            self.delete_comment(answer)
        del self.comments[comment.id]
        self.bump()

    def attach(
        self,
        issue: e.Issue,
        url: str,
        title: str,
        *,
        by: e.User | None = None,
        at: datetime | None = None,
        id: str | None = None,
        **more: Any,
    ) -> e.Attachment:
        """Put a link on an issue, or change the one with that address. ``more``: fields of `entities.Attachment`."""
        known = next((a for a in self.attachments.values() if a.issue is issue and a.url == url), None)
        if known is None:
            made = self.stamp(at, id)
            attachment = e.Attachment(**made, issue=issue, url=url, title=title, creator=by, **more)
            return self.put(self.attachments, attachment)
        self.edit_attachment(known, at=at, title=title, **more)
        return known

    def edit_attachment(
        self, attachment: e.Attachment, *, at: datetime | None = None, **changes: Any
    ) -> None:
        for name, value in changes.items():
            setattr(attachment, name, value)
        self.touch(attachment, at)

    def detach(self, attachment: e.Attachment) -> None:
        del self.attachments[attachment.id]
        self.bump()

    def relate(
        self,
        issue: e.Issue,
        type: str,
        other: e.Issue,
        *,
        by: e.User | None = None,
        at: datetime | None = None,
        id: str | None = None,
    ) -> e.Relation:
        """Relate two issues: ``issue`` blocks, duplicates, is related or similar to ``other``."""
        relation = e.Relation(**self.stamp(at, id), type=type, issue=issue, related_issue=other)
        self.put(self.relations, relation)
        self.remember(issue, by, at, {"relation_changes": [_relation_change("a", type, other)]})
        if self.quirks.relations_touch:
            self.touch(issue, at)
        if type == "duplicate" and self.quirks.duplicate_moves:
            self.edit(issue, by=by, at=at, state=self._duplicate_state(issue.team))
        return relation

    def unrelate(self, relation: e.Relation, *, by: e.User | None = None, at: datetime | None = None) -> None:
        del self.relations[relation.id]
        change = _relation_change("r", relation.type, relation.related_issue)
        self.remember(relation.issue, by, at, {"relation_changes": [change]})
        self.bump()

    # ---- the parts of an edit --------------------------------------------------------------------------------------

    def _first_state(self, team: e.Team, state: e.State | str | None, by: e.User | None = None) -> e.State:
        if isinstance(state, e.State):
            return state
        if state is not None:
            return self.state(team, state)
        outside = by is None or by.app or by not in self.members_of(team)
        if outside and team.triage_issue_state is not None:
            return team.triage_issue_state
        return team.default_issue_state or self.state(team, "backlog")

    def _duplicate_state(self, team: e.Team) -> e.State:
        try:
            return self.state(team, "duplicate")
        except KeyError:
            return self.state(team, "canceled")

    def _tracked(self, issue: e.Issue, changes: e.Json, moment: datetime) -> e.Json:
        values: e.Json = {}
        for name in TRACKED:
            if name in changes and getattr(issue, name) != changes[name]:
                values[f"from_{name}"], values[f"to_{name}"] = getattr(issue, name), changes[name]
                setattr(issue, name, changes[name])
        if "to_state" in values:
            self._enter(issue, moment)
        if "to_project" in values:
            issue.added_to_project_at = moment if issue.project else None
        if "to_cycle" in values:
            issue.added_to_cycle_at = moment if issue.cycle else None
        return values

    def _moved(self, issue: e.Issue, wanted: e.Json) -> e.Json:
        """What a move brings along: a number, a state of the same name or type, no labels or cycle of the old team."""
        team: e.Team = wanted["team"]
        issue.previous_identifiers = (*issue.previous_identifiers, issue.identifier)
        team.last_number += 1
        issue.number = team.last_number
        kept = [label for label in issue.label_set if label.team in (None, team)]
        moved = {"state": self._state_like(issue.state, team), "labels": kept, **wanted}
        if issue.cycle is not None:
            moved.setdefault("cycle", None)
        if issue.project is not None and team not in issue.project.teams:
            moved.setdefault("project", None)
            moved.setdefault("project_milestone", None)
        return moved

    def _state_like(self, state: e.State, team: e.Team) -> e.State:
        for mine in self.states_of(team):
            if (mine.name, mine.type) == (state.name, state.type):
                return mine
        try:
            return self.state(team, state.type)
        except KeyError:
            return self._first_state(team, None)

    def _described(self, issue: e.Issue, changes: e.Json, by: e.User | None) -> e.Json:
        if "description" not in changes:
            return {}
        text = self.markdown(changes["description"])
        if text == issue.description:
            return {}
        issue.description = text
        return {"updated_description": True, "description_updated_by": [by] if by else None}

    def _labelled(self, issue: e.Issue, changes: e.Json) -> e.Json:
        if "labels" not in changes:
            return {}
        wanted: Sequence[e.Label] = tuple(dict.fromkeys(changes["labels"]))
        added = [label for label in wanted if label not in issue.label_set]
        removed = [label for label in issue.label_set if label not in wanted]
        issue.label_set = tuple(wanted)
        return {"added_labels": added or None, "removed_labels": removed or None} if added or removed else {}

    def _refresh_completion(self, issue: e.Issue, changes: e.Json, moment: datetime) -> bool:
        """Setting the completed state that an issue is in already renews the time, and is no step of history."""
        again = changes.get("state") is issue.state and issue.state.type == "completed"
        if again and issue.completed_at != moment:
            issue.completed_at = moment
            return True
        return False

    def _enter(self, issue: e.Issue, moment: datetime) -> None:
        """Set the times that belong to the state an issue has just come to."""
        type_ = issue.state.type
        if type_ == "started" or (type_ == "completed" and issue.started_at is None):
            issue.started_at = issue.started_at or moment
        elif type_ in ("triage", "backlog", "unstarted"):
            issue.started_at = None
        issue.completed_at = moment if type_ == "completed" else None
        issue.canceled_at = moment if type_ in ("canceled", "duplicate") else None
        if type_ == "triage":
            issue.started_triage_at, issue.triaged_at = moment, None
        elif issue.started_triage_at and issue.triaged_at is None:
            issue.triaged_at = moment


def _together(known: tuple[e.User, ...], *more: e.User | None) -> tuple[e.User, ...]:
    return tuple(dict.fromkeys([*known, *(user for user in more if user)]))


def _relation_change(sign: str, type: str, other: e.Issue) -> e.Json:
    """The vendor writes a letter for what was done and the type's first letters: ``ab`` for added, blocks."""
    letters = {"blocks": "b", "duplicate": "d", "related": "r", "similar": "s"}
    return {"identifier": other.identifier, "type": sign + letters[type]}
