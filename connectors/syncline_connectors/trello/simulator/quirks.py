"""Everything the service may do and a client must bear."""

from __future__ import annotations

from dataclasses import dataclass

UNLISTED = frozenset(
    {
        "addLabelToCard",
        "removeLabelFromCard",
        "updateComment",
        "deleteComment",
        "createCheckItem",
        "updateCheckItem",
        "deleteCheckItem",
        "createLabel",
        "updateLabel",
        "deleteLabel",
        "updateCustomField",
        "deleteCustomField",
    }
)
"""Types that webhooks tell and no recorded feed or export of a board holds."""

NOT_AT_CARD = frozenset({"addMemberToCard", "removeMemberFromCard"})
"""Types that the feed of a card lacks and that of its board has."""


@dataclass(frozen=True)
class Quirks:
    """Chances are from 0 to 1.

    ``inclusive``: an action or card named in ``since`` or ``before`` is in the answer; the vendor does not say.
    ``machines``: how many servers give ids; those of one second have no order between servers.
    ``lag``: actions are told so many seconds late at most; a switch only, the vendor is not known to lag.
    ``bot``: the chance that somebody edits, moves, comments or removes after a page was read, ``bot_budget`` times.
    ``unlisted``: types of actions that only webhooks tell. ``not_at_card``: those that only the board tells.
    ``comment_edit_touches``: editing or deleting a comment moves dateLastActivity. ``label_touches``: so do labels.
    ``renumber``: a card moved to another board gets that board's next short number.
    ``greedy_cards``: cards in one answer that may bring their actions, or with ``greedy_parts`` kinds of parts.
    ``null_limits``: actions without limits say null instead of an empty object.
    ``strict``: a parameter that the vendor does not describe is refused instead of being passed over.
    """

    inclusive: bool = True
    machines: int = 3
    lag: float = 0.0
    bot: float = 0.5
    bot_budget: int = 12
    unlisted: frozenset[str] = UNLISTED
    not_at_card: frozenset[str] = NOT_AT_CARD
    comment_edit_touches: bool = True
    label_touches: bool = True
    renumber: bool = True
    greedy_cards: int = 1000
    greedy_parts: int = 5
    null_limits: bool = True
    strict: bool = False


CALM = Quirks(inclusive=False, machines=1, bot=0.0)
"""A service on its best behaviour."""
