"""Unknown accounts as new rows at the end of the list; what stands there is not touched. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from syncline.people.accounts import Account, folded
from syncline.people.matching import Resolution
from syncline.people.roster import OWN, Roster

_FORMULA = "=+-@\t\r"
"""A spreadsheet would execute a cell that begins so."""
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
Row = Mapping[str, str]


def new_rows(found: Resolution) -> list[Row]:
    """One row for each unknown account; accounts that show one e-mail are one person's."""
    taken = {folded(person.name) for person in found.people}
    known = {folded(person.email) for person in found.people if person.email}
    rows: dict[str, dict[str, str]] = {}
    for account in found.unknown:
        mail = folded(account.email) if account.email else ""
        same = mail and mail not in known
        row = rows.setdefault(mail if same else account.ref, {})
        if not row:
            row["person"] = _free(_label(account), account.connection, taken)
            if same:
                row["email"] = _plain(account.email or "")
        cell = row.get(account.connection)
        row[account.connection] = f"{cell}; {account.remote_id}" if cell else account.remote_id
    return list(rows.values())


def _label(account: Account) -> str:
    """How the list calls a person whom it does not know yet."""
    return _plain(account.name or "") or _plain(account.key or "") or account.remote_id


def _plain(text: str) -> str:
    """Text in one line that no spreadsheet takes for a formula."""
    return " ".join(_CONTROLS.sub(" ", text).split()).lstrip(_FORMULA + "#").strip()


def _free(label: str, connection: str, taken: set[str]) -> str:
    """A name that nobody on the list has: whether two of one name are one person, only a person can say."""
    name, number = label, 1
    while folded(name) in taken:
        name = f"{label} ({connection})" if number == 1 else f"{label} ({connection} {number})"
        number += 1
    taken.add(folded(name))
    return name


def added(text: str, roster: Roster, rows: Sequence[Row], connections: Iterable[str]) -> str:
    """The list with new rows, in its own delimiter and line ends; an empty ``text`` gets a header.

    A connection that has no column yet and needs one is added to the header, at its end.
    """
    if not rows:
        return text
    ending = "\r\n" if "\r\n" in text else "\n"
    columns = list(roster.columns)
    if not text.strip():
        columns = [*OWN, *connections]
        text, body = _line(columns, roster.delimiter, ending), ""
    else:
        missing = [one for one in connections if one not in columns and any(one in row for row in rows)]
        head, body = text[: roster.header_end], text[roster.header_end :]
        if missing:
            bare = head.rstrip("\r\n")
            more = _line(missing, roster.delimiter, "")
            head = bare + roster.delimiter + more + (head[len(bare) :] or ending)
            columns += missing
        text = head
    whole = text + body
    if not whole.endswith(("\n", "\r")):
        whole += ending
    return whole + "".join(_line(_cells(row, columns), roster.delimiter, ending) for row in rows)


def _cells(row: Row, columns: Collection[str | None]) -> list[str]:
    return [row.get(column, "") if column else "" for column in columns]


def _line(cells: Sequence[str | None], delimiter: str, ending: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=ending).writerow(cells)
    return out.getvalue()
