"""Who stands behind the accounts: one person has one in every tool. Pure; ``docs/people.md`` tells how it is written.

`read` reads the company's list, `resolve` says which account is whose, `added` puts unknown accounts at its end.
Nothing is guessed: an account is somebody's because the list names it, or because tool and list show one e-mail.
"""

from __future__ import annotations

from syncline.people.accounts import Account
from syncline.people.matching import NOBODY, Person, Resolution, resolve
from syncline.people.roster import Entry, Mistake, Roster, read
from syncline.people.writing import added, new_rows

__all__ = [
    "NOBODY",
    "Account",
    "Entry",
    "Mistake",
    "Person",
    "Resolution",
    "Roster",
    "added",
    "new_rows",
    "read",
    "resolve",
]
