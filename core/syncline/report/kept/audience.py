"""What a profile needs to know of the database: who is a person, what stands on the roadmap, what of it is public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from syncline.report.model import Report
from syncline.report.profiles import Audience, PublicEntry, fit
from syncline.report.settings import Calendar, ReportSettings
from syncline.report.words import tidy
from syncline.store.tables import person, record

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncline.report.roadmap.standing import Standing


def shown(connection: Connection, report: Report, settings: ReportSettings) -> Report:
    """The report as the audience of its settings may see it."""
    return fit(report, audience_of(connection, settings))


def audience_of(connection: Connection, settings: ReportSettings) -> Audience:
    """Read what the profile of some settings needs; nothing for the team."""
    if settings.profile == "team":
        return Audience("team")
    entries = _standings(connection, settings)
    return Audience(
        settings.profile,
        persons=_persons(connection),
        roadmap=frozenset(one.id for one in entries),
        public=tuple(_public(one, settings) for one in entries if one.public and one.stage != "canceled"),
    )


def _persons(connection: Connection) -> frozenset[str]:
    """Every name and address that a person is known by."""
    found = connection.execute(select(record.c.title, record.c.data).where(record.c.kind == "Person")).all()
    told = connection.execute(select(person.c.name, person.c.email)).all()
    names = {name for row in told for name in row}
    for title, data in found:
        names |= {title, data.get("email"), data.get("handle")}
    plain = {name for name in names if isinstance(name, str) and name.strip()}
    return frozenset(plain | {tidy(name, name) for name in plain})


def _standings(connection: Connection, settings: ReportSettings) -> tuple[Standing, ...]:
    from syncline.report.making import drafting, working_set
    from syncline.report.roadmap.standing import standings

    with drafting(working_set(connection, settings), settings) as draft:
        return standings(draft)


def _public(one: Standing, settings: ReportSettings) -> PublicEntry:
    calendar = Calendar(settings.timezone, settings.as_of)
    if one.stage == "done":
        return PublicEntry(one.item.title, "shipped", calendar.day(one.done_at) if one.done_at else None)
    begun = one.began or one.stage in ("doing", "review")
    state = "in progress" if begun else "committed" if one.committed else "exploring"
    return PublicEntry(one.item.title, state, one.target)
