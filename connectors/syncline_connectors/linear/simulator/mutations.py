"""What clients change: issues."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from syncline_connectors.linear.simulator import entities as e
from syncline_connectors.linear.simulator.errors import forbidden, input_error, invalid_argument, usage_limit
from syncline_connectors.linear.simulator.inputs import (
    Input,
    Mutation,
    acting_as,
    check_labels,
    done,
    issue_changes,
    new_id,
    past,
)
from syncline_connectors.linear.simulator.resolvers import Call

MOST_IN_BATCH = 50
Args = dict[str, Any]


def _create(call: Call, given: Input) -> e.Issue:
    work = call.work
    team: e.Team = call.need(work.teams, given["teamId"], "Team")
    id_ = new_id(given, work.issues, "Issue")
    # After the id, so that a create that is tried again learns that the first try did it.
    if work.issue_limit is not None and len(work.issues) >= work.issue_limit:
        raise usage_limit()
    if given.get("title") is None:
        raise invalid_argument("title", "isNotEmpty", "title should not be empty")
    changes = issue_changes(call, given, team)
    subscribers = changes.pop("subscriber_set", ())
    creator, bot = acting_as(call, given)
    created, completed = past(given, "createdAt", call.now), past(given, "completedAt", call.now)
    _check_completion(created, completed, changes.get("state"))
    issue = work.create_issue(
        team,
        changes.pop("title"),
        by=creator,
        at=created,
        id=id_,
        bot_actor=bot,
        subscriber_set=subscribers,
        **changes,
    )
    if completed is not None:
        issue.completed_at = completed
    # An import may date the creation back; the change is one of now, so that others see it.
    issue.updated_at = call.now
    return issue


def _check_completion(created: datetime | None, completed: datetime | None, state: e.State | None) -> None:
    if completed is None:
        return
    if created is not None and completed <= created:
        raise input_error("completedAt must be after createdAt")
    if state is None or state.type != "completed":
        raise input_error("completedAt cannot be provided with an incompatible state")


def issue_create(call: Call, args: Args) -> Args:
    return done(call, issue=_create(call, args["input"]))


def issue_batch_create(call: Call, args: Args) -> Args:
    """All of them or none."""
    given = args["input"]["issues"]
    if len(given) > MOST_IN_BATCH:
        raise invalid_argument("issues", "arrayMaxSize", f"issues must contain no more than {MOST_IN_BATCH}")
    numbers = {team: team.last_number for team in call.work.teams.values()}
    before = set(call.work.issues)
    try:
        made = [_create(call, one) for one in given]
    except Exception:
        for id_ in set(call.work.issues) - before:
            del call.work.issues[id_]
        for team, number in numbers.items():
            team.last_number = number
        raise
    return done(call, issues=made)


def _update(call: Call, issue: e.Issue, given: Input) -> None:
    if issue.hidden and "trashed" not in given and call.work.quirks.archived_frozen:
        raise input_error("Archived issues cannot be updated", "The issue is archived.")
    team = issue.team
    if given.get("teamId") is not None:
        team = call.need(call.work.teams, given["teamId"], "Team")
    changes = issue_changes(call, given, team, issue)
    if team is not issue.team:
        changes["team"] = team
    call.work.edit(issue, by=call.user, **changes)
    if "trashed" in given:
        _set_trashed(call, issue, given["trashed"])


def _set_trashed(call: Call, issue: e.Issue, wanted: bool | None) -> None:
    if wanted and not issue.trashed:
        call.work.trash(issue, by=call.user)
    elif not wanted and issue.trashed:
        call.work.unarchive(issue, by=call.user)


def issue_update(call: Call, args: Args) -> Args:
    issue = call.need_issue(args["id"])
    _update(call, issue, args["input"])
    return done(call, issue=issue)


def issue_batch_update(call: Call, args: Args) -> Args:
    """One patch for up to 50 issues; unlike for one issue, identifiers will not do."""
    ids = args["ids"]
    if len(ids) > MOST_IN_BATCH:
        raise invalid_argument(
            "ids", "arrayMaxSize", f"ids must contain no more than {MOST_IN_BATCH} elements"
        )
    issues: list[e.Issue] = [call.need(call.work.issues, id_, "Issue") for id_ in ids]
    for issue in issues:
        team = call.need(call.work.teams, args["input"].get("teamId") or issue.team.id, "Team")
        issue_changes(call, args["input"], team, issue)
    for issue in issues:
        _update(call, issue, args["input"])
    return done(call, issues=issues)


def issue_add_label(call: Call, args: Args) -> Args:
    issue = call.need_issue(args["id"])
    label: e.Label = call.need(call.work.labels, args["labelId"], "IssueLabel")
    wanted = list(dict.fromkeys([*issue.label_set, label]))
    check_labels(wanted, issue.team)
    call.work.edit(issue, by=call.user, labels=wanted)
    return done(call, issue=issue)


def issue_remove_label(call: Call, args: Args) -> Args:
    issue = call.need_issue(args["id"])
    label: e.Label = call.need(call.work.labels, args["labelId"], "IssueLabel")
    if label not in issue.label_set:
        raise input_error("Label not on issue", "The issue does not have the label.")
    call.work.edit(issue, by=call.user, labels=[x for x in issue.label_set if x is not label])
    return done(call, issue=issue)


def issue_archive(call: Call, args: Args) -> Args:
    issue = call.need_issue(args["id"])
    if not call.work.quirks.idle_archive:
        put_away = call.work.trash if args.get("trash") else call.work.archive
        put_away(issue, by=call.user)
    return done(call, entity=issue)


def issue_unarchive(call: Call, args: Args) -> Args:
    """As recorded, the answer's sync id is 0."""
    issue = call.need_issue(args["id"])
    if issue.hidden:
        call.work.unarchive(issue, by=call.user)
    return {**done(call, entity=issue), "lastSyncId": 0.0}


def issue_delete(call: Call, args: Args) -> Args:
    issue = call.need_issue(args["id"])
    if args.get("permanentlyDelete"):
        if not call.user.admin:
            raise forbidden("Only admins can permanently delete issues.")
        call.work.purge(issue)
        return done(call, entity=None)
    if not call.work.quirks.idle_archive:
        call.work.trash(issue, by=call.user)
    return done(call, entity=issue)


def issue_label_create(call: Call, args: Args) -> Args:
    given, work = args["input"], call.work
    team = call.need(work.teams, given["teamId"], "Team") if given.get("teamId") else None
    parent = call.need(work.labels, given["parentId"], "IssueLabel") if given.get("parentId") else None
    id_ = new_id(given, work.labels, "IssueLabel")
    # One of a team and one of the workspace are in each other's way too.
    near = (x for x in work.labels.values() if x.team is team or None in (x.team, team))
    same = (x for x in near if x.name.lower() == given["name"].lower())
    if next(same, None):
        raise input_error("duplicate label name", f"A label named '{given['name']}' already exists.")
    label = work.add_label(
        given["name"],
        team=team,
        group=bool(given.get("isGroup")),
        parent=parent,
        id=id_,
        by=call.user,
        color=given.get("color") or "#bec2c8",
    )
    label.description = given.get("description")
    return done(call, issueLabel=label)


MUTATIONS: Mapping[str, Mutation] = {
    "issueCreate": issue_create,
    "issueBatchCreate": issue_batch_create,
    "issueUpdate": issue_update,
    "issueBatchUpdate": issue_batch_update,
    "issueAddLabel": issue_add_label,
    "issueRemoveLabel": issue_remove_label,
    "issueArchive": issue_archive,
    "issueUnarchive": issue_unarchive,
    "issueDelete": issue_delete,
    "issueLabelCreate": issue_label_create,
}
