"""The two Jiras: what Cloud and Data Center say differently. Told apart by asking the server, never by the address."""

from __future__ import annotations

from dataclasses import dataclass

from syncline.model import TextFormat


@dataclass(frozen=True)
class Dialect:
    """One way of speaking. ``person`` is the key that names a user in what we write.

    ``search`` is the path of the search; ``attachment`` is where people find an attachment's bytes.
    """

    name: str
    platform: str
    text: TextFormat
    person: str
    search: str
    attachment: str


CLOUD = Dialect(
    "cloud",
    "/rest/api/3",
    TextFormat.ADF,
    "accountId",
    "search/jql",
    "/rest/api/3/attachment/content/{id}",
)
DATA_CENTER = Dialect(
    "data center",
    "/rest/api/2",
    TextFormat.WIKI,
    "name",
    "search",
    "/secure/attachment/{id}/{name}",
)
