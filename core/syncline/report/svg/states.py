"""How states look: a shape and a tone each. The word is the state itself; none of the three stands alone."""

from __future__ import annotations

from collections.abc import Mapping

from syncline.report.parts import State

SHAPES: Mapping[State, str] = {
    State.DONE: "✓",
    State.IN_PROGRESS: "●",
    State.REVIEW: "◐",
    State.WAITING: "○",
    State.BLOCKED: "■",
    State.STUCK: "▲",
    State.OVERDUE: "◆",
    State.COMPLETE: "✓",
    State.PARTIAL: "◐",
    State.STALE: "▲",
    State.ON_TRACK: "●",
    State.AT_RISK: "▲",
    State.OFF_TRACK: "■",
    State.NO_DATA: "○",
    State.CANCELED: "✕",
}

TONES: Mapping[State, str] = {
    State.DONE: "done",
    State.IN_PROGRESS: "doing",
    State.REVIEW: "review",
    State.WAITING: "warn",
    State.BLOCKED: "warn",
    State.STUCK: "bad",
    State.OVERDUE: "bad",
    State.COMPLETE: "done",
    State.PARTIAL: "warn",
    State.STALE: "warn",
    State.ON_TRACK: "good",
    State.AT_RISK: "warn",
    State.OFF_TRACK: "bad",
    State.NO_DATA: "backlog",
    State.CANCELED: "canceled",
}
