"""What is true of the demo company, drawn from its story and not from any report code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from syncline_connectors.demo.company import PEOPLE
from syncline_connectors.demo.story import ACTIVE_SPRINT, BUG_WAVE, Plan, Story

ENDED = ("Done", "Won't Do")
UNDER_WAY = ("In Progress", "In Review", "Blocked")


@dataclass(frozen=True)
class Facts:
    """Keys are Jira keys; "done" is status Done, not Won't Do. Spans of days end now."""

    issues: int
    by_project: Mapping[str, int]
    by_status: Mapping[str, int]
    done_last_7_days: frozenset[str]
    done_last_14_days: frozenset[str]
    done_by_project: Mapping[str, int]
    in_progress: frozenset[str]
    """Under way in any status, also review and blocked."""
    in_progress_by_person: Mapping[str, int]
    blocked: frozenset[str]
    """In status Blocked."""
    flagged: frozenset[str]
    quiet_for_10_days: frozenset[str]
    """Under way and in the same status for ten days or more."""
    slipped_epics: Mapping[str, tuple[date, ...]]
    """Every due day that an epic had, where there was more than one."""
    overdue_epics: frozenset[str]
    given_up: frozenset[str]
    reopened: frozenset[str]
    bug_wave: int
    """Bugs created in the days of the wave."""
    open_bugs: frozenset[str]
    active_sprint: frozenset[str]
    carried_over: frozenset[str]
    """In the active sprint and in an earlier one."""
    held_by_leavers: frozenset[str]
    """Under way and assigned to a deactivated account."""


def facts_of(story: Story) -> Facts:
    """Everything that a report on the story must agree with."""
    plans, now = story.plans, story.now
    done = [plan for plan in plans if plan.status == "Done"]
    doing = [plan for plan in plans if plan.status in UNDER_WAY]
    slipped = {plan.key: tuple(day for _, day in plan.due) for plan in plans if len(plan.due) > 1}
    sprint = [plan for plan in plans if ACTIVE_SPRINT in plan.sprints]
    first, last = BUG_WAVE
    wave = [
        p for p in plans if p.type == "Bug" and story.ago(first + 0.01) <= p.created <= story.ago(last - 0.01)
    ]
    return Facts(
        issues=len(plans),
        by_project=Counter(plan.project for plan in plans),
        by_status=Counter(plan.status for plan in plans),
        done_last_7_days=_keys(plan for plan in done if plan.since > now - timedelta(days=7)),
        done_last_14_days=_keys(plan for plan in done if plan.since > now - timedelta(days=14)),
        done_by_project=Counter(plan.project for plan in done),
        in_progress=_keys(doing),
        in_progress_by_person=Counter(PEOPLE[p.assignee].name for p in doing if p.assignee is not None),
        blocked=_keys(plan for plan in plans if plan.status == "Blocked"),
        flagged=_keys(plan for plan in plans if plan.flagged),
        quiet_for_10_days=_keys(plan for plan in doing if plan.since <= now - timedelta(days=10)),
        slipped_epics=slipped,
        overdue_epics=_keys(
            p for p in plans if p.due and p.due[-1][1] < now.date() and p.status not in ENDED
        ),
        given_up=_keys(plan for plan in plans if plan.status == "Won't Do"),
        reopened=_keys(plan for plan in plans if _was_reopened(plan)),
        bug_wave=len(wave),
        open_bugs=_keys(plan for plan in plans if plan.type == "Bug" and plan.status not in ENDED),
        active_sprint=_keys(sprint),
        carried_over=_keys(plan for plan in sprint if len(plan.sprints) > 1),
        held_by_leavers=_keys(p for p in doing if p.assignee is not None and not PEOPLE[p.assignee].active),
    )


def _was_reopened(plan: Plan) -> bool:
    statuses = [status for _, status in plan.steps]
    return any(one in ENDED and two not in ENDED for one, two in pairwise(statuses))


def _keys(plans: Iterable[Plan]) -> frozenset[str]:
    return frozenset(plan.key for plan in plans)
