"""Links back to counterparts, as attachments whose address says which link they are."""

from __future__ import annotations

from syncline.errors import Unsupported
from syncline.target import AddRemove, Backlink, Change
from syncline_connectors.trello.api import row_id
from syncline_connectors.trello.links import backlink_of, backlink_url
from syncline_connectors.trello.looking import Seen, attachments
from syncline_connectors.trello.sending import Sender

NAME = 256
"""Characters of an attachment's name."""


class Linker:
    """Adds and removes backlinks. Trello takes an address twice, so those there are looked at first."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def differs(self, seen: Seen, change: Change) -> bool:
        """Whether there is anything to do."""
        change = _asked(change)
        there = _there(seen)
        missing = [link for link in change.add if not _equal(there.get(link.id, []), link)]
        return bool(missing) or any(link.id in there for link in change.remove)

    def change(self, seen: Seen, change: Change) -> None:
        """An attachment cannot be edited: one that says something else is replaced, the new one first."""
        change = _asked(change)
        path, there = f"cards/{seen.issue.remote_id}/attachments", _there(seen)
        for link in (link for link in change.add if not _equal(there.get(link.id, []), link)):
            self._sender.post(path, {"url": backlink_url(link.id, link.url), "name": link.title[:NAME]})
            self._remove(path, there.get(link.id, []))
        for link in change.remove:
            self._remove(path, there.get(link.id, []))

    def _remove(self, path: str, found: list[tuple[str, str, str]]) -> None:
        for number, _, _ in found:
            self._sender.delete(f"{path}/{number}")


def _asked(change: Change) -> AddRemove:
    if isinstance(change, AddRemove):
        return change
    raise Unsupported("backlinks are only added to and removed from")


def _there(seen: Seen) -> dict[str, list[tuple[str, str, str]]]:
    """The backlinks of a card by our id: id, address and name of each attachment."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for one in attachments(seen.card):
        ours = backlink_of(one.get("url"))
        if ours is not None:
            entry = (row_id(one, "attachments"), ours[1], str(one.get("name")))
            found.setdefault(ours[0], []).append(entry)
    return found


def _equal(found: list[tuple[str, str, str]], link: Backlink) -> bool:
    """Whether exactly this one is there."""
    return [(url, name) for _, url, name in found] == [(link.url, link.title[:NAME])]
