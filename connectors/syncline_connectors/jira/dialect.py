"""The two Jiras: what Cloud and Data Center say differently. Told apart by asking the server, never by the address."""

from __future__ import annotations

from dataclasses import dataclass

from syncline.model import TextFormat


@dataclass(frozen=True)
class Dialect:
    """One way of speaking. ``person`` is the key that names a user in what we write."""

    name: str
    platform: str
    text: TextFormat
    person: str


CLOUD = Dialect("cloud", "/rest/api/3", TextFormat.ADF, "accountId")
DATA_CENTER = Dialect("data center", "/rest/api/2", TextFormat.WIKI, "name")
