"""What the simulated service may do and a client must bear."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quirks:
    """Ranges are (least, most), chances from 0 to 1.

    ``page_cap``: a page holds no more than that, however many were asked for. ``touch``: the chance that between two
    pages of issues somebody touches one of the page just served, which moves it to the front of a walk by
    ``updatedAt``, and the cursor with it, because a cursor is the last node's id. ``touch_unseen``: the chance that it
    is one that the walk has not met, and by ``updatedAt`` will not meet any more. ``lost_cursor`` is what a walk gets
    whose cursor was purged: "error", or "end" for a last page that looks like any other.

    ``normalise``: Markdown is stored as the editor would write it. ``early_update``: a new comment's ``updatedAt`` lies
    some milliseconds before its ``createdAt``, as recorded. ``idle_archive``: archiving and trashing say that they have
    succeeded and have not. ``duplicate_moves``: relating as a duplicate moves the issue to a state of that type, or a
    canceled one. ``archived_frozen``: an archived issue cannot be changed before it is brought back.

    ``comments_touch``: a comment moves ``updatedAt`` of its issue, as one measurement says and the schema's description
    does not. ``relations_touch``: so do relations. ``flat_issues``: issues cost as measured, not as documented
    (`complexity`).
    """

    page_cap: tuple[int, int] = (20, 50)
    touch: float = 0.3
    touch_unseen: float = 0.0
    lost_cursor: str = "error"
    normalise: bool = True
    early_update: bool = True
    idle_archive: bool = False
    duplicate_moves: bool = True
    archived_frozen: bool = True
    comments_touch: bool = False
    flat_issues: bool = False
    relations_touch: bool = False


CALM = Quirks(page_cap=(250, 250), touch=0.0, early_update=False)
"""A service on its best behaviour. Its Markdown is still its own."""
