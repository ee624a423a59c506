"""Attachments that are ours: the marker a card was made with, and links back to counterparts. Pure.

Trello keeps no properties on a card, and an attachment has no field but its address and name. So both say what they are
in their address. They are no files of the card: reading leaves them out.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from syncline_connectors.trello.values import Json

MARKERS = "https://syncline.example/marker/"
"""Before a marker. The name is reserved (RFC 6761) and leads nowhere."""
BACKLINK = "syncline="
"""Before the id of a backlink, at the end of its address, behind the ``#`` that no server gets to see."""


def marker_url(marker: str) -> str:
    return MARKERS + quote(marker, safe="")


def marker_of(url: object) -> str | None:
    """The marker that an attachment bears."""
    return unquote(url[len(MARKERS) :]) if isinstance(url, str) and url.startswith(MARKERS) else None


def backlink_url(id_: str, url: str) -> str:
    """The address of a link back to ``url`` that is known again by ``id_``."""
    return f"{url}{'&' if '#' in url else '#'}{BACKLINK}{quote(id_, safe='')}"


def backlink_of(url: object) -> tuple[str, str] | None:
    """Id and address of a backlink; None where the attachment is somebody else's."""
    if not isinstance(url, str):
        return None
    for before in ("#", "&"):
        target, found, id_ = url.rpartition(before + BACKLINK)
        if found and target and not set(id_) & set("#&="):
            return unquote(id_), target
    return None


def is_ours(attachment: Json) -> bool:
    url = attachment.get("url")
    return marker_of(url) is not None or backlink_of(url) is not None
