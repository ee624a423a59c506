"""What a piece of work went through: its stages, in order of progress, and the instants that M7 counts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Stage(StrEnum):
    """The stages of reports. Canceled is no progress and has no rank: it is an exit."""

    BACKLOG = "backlog"
    READY = "ready"
    DOING = "doing"
    REVIEW = "review"
    DONE = "done"
    CANCELED = "canceled"


PROGRESS = (Stage.BACKLOG, Stage.READY, Stage.DOING, Stage.REVIEW, Stage.DONE)
RANK = {stage: rank for rank, stage in enumerate(PROGRESS)}
UNDER_WAY = frozenset({Stage.DOING, Stage.REVIEW})


class Move(NamedTuple):
    """``at`` the item entered ``stage``; None stands for a status that could not be read. Instants are aware."""

    at: datetime
    stage: Stage | None


@dataclass(frozen=True)
class Life:
    """``started_at``: first entry to doing or review. ``done_at``, ``canceled_at``: last entry that nothing undid."""

    id: str
    created_at: datetime | None
    started_at: datetime | None
    done_at: datetime | None
    canceled_at: datetime | None
    stage: Stage | None


def life(id: str, created_at: datetime | None, moves: Sequence[Move], as_of: datetime) -> Life:
    """M7: what is known of an item at ``as_of`` (the Kanban guide's terms); moves come in the order of their time.

    An item that was created in a stage has that as its first move. A move into a status that could not be read says
    that the item left, not where to. Moves within done, as from Done to Released, do not make it done anew.
    """
    known = [move for move in moves if move.at <= as_of]
    stage = known[-1].stage if known else None
    return Life(
        id,
        created_at,
        next((move.at for move in known if move.stage in UNDER_WAY), None),
        _entered(known, Stage.DONE),
        _entered(known, Stage.CANCELED),
        stage,
    )


def _entered(moves: Sequence[Move], stage: Stage) -> datetime | None:
    """When the item entered the stage that it is still in, None if it is in another."""
    at = None
    for move in reversed(moves):
        if move.stage is not stage:
            break
        at = move.at
    return at
