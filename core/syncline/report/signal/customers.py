"""Section 11: what customers say."""
# ruff: noqa: S608 - the parts put together here are constants of this package

from __future__ import annotations

from syncline.report.draft import Draft, plural
from syncline.report.facts import Form
from syncline.report.formulas.support import unlinked_share
from syncline.report.model import Block, Column, Figure, Item, Line, Name, Section, Table
from syncline.report.shared import Shared
from syncline.report.signal.demand import DemandFigures
from syncline.report.signal.surveys import surveys_lines, surveys_table
from syncline.report.signal.tickets import LONG, details_table, numbers_table, reach_back
from syncline.report.words import tidy

CUSTOMERS_RULE = (
    "Tickets, without those merged into another, marked as spam, or gone. Solved: solved in the stretch and not"
    " reopened in it. Satisfied: good ÷ (good + bad) ratings, by the day of the rating. A ticket is about an item where"
    " a link says so, in either tool or here; how many are about none is always said, because a link count is a floor."
)
TOP = 10
THEMES = 5

_LATELY = LONG.sql(
    "SELECT item FROM ticket WHERE left_out = '' AND created_at >= :{start} AND created_at < :{end}"
)
_TOLD = f"{_LATELY} AND item IN (SELECT ticket FROM asked WHERE how = 'told')"
_MADE = (
    f"{_LATELY} AND item IN (SELECT ticket FROM asked WHERE how = 'made')"
    " AND item NOT IN (SELECT ticket FROM asked WHERE how = 'told')"
)
_UNLINKED = f"{_LATELY} AND item NOT IN (SELECT ticket FROM asked)"
_SHARE = f"SELECT l.item, (SELECT count(*) FROM asked a WHERE a.ticket = l.item) AS links FROM ({_LATELY}) l"
_THEMES = f"SELECT g.item, g.label FROM tag g WHERE g.item IN ({_UNLINKED})"


def customers_section(draft: Draft, shared: Shared) -> Section:
    """Volume, waiting, satisfaction, what tickets are about, and what they are about where no item is."""
    id, title = "customers", "Customer signal"
    if draft.settings.profile == "public":
        return Section(id, title, CUSTOMERS_RULE, silent="Tickets are not shown to this audience.")
    reach_back(draft)
    surveys = surveys_table(draft)
    support = shared.support
    if support is None:
        if surveys is None:
            return Section(id, title, CUSTOMERS_RULE, silent="No ticket and no answer to a survey was read.")
        return Section(id, title, CUSTOMERS_RULE, surveys_lines(surveys), (surveys,))
    blocks: list[Block] = [numbers_table(draft.ledger, support)]
    blocks += [surveys] if surveys else []
    blocks += [details_table(draft.ledger, support), _top(draft, shared.demand), *_themes(draft)]
    asked = surveys_lines(surveys) if surveys else ()
    lines = (*_linked(draft), *_most(draft, shared.demand), *asked)
    return Section(id, title, CUSTOMERS_RULE, lines, tuple(blocks))


def _linked(draft: Draft) -> tuple[Line, ...]:
    ledger = draft.ledger
    lately = ledger.count("tickets_lately", "Tickets created in the ninety days.", _LATELY, "tickets")
    told = ledger.count("tickets_about", "Of these, about work that was known before.", _TOLD, "tickets")
    made = ledger.count(
        "tickets_led", "Of these, about nothing but work that was made for them.", _MADE, "tickets"
    )
    share = ledger.fold(
        "tickets_unlinked",
        "The share of these that is about no item.",
        _SHARE,
        "",
        lambda rows: unlinked_share(
            [row["item"] for row in rows], [row["item"] for row in rows if row["links"]]
        ),
        Form.PERCENT,
        1,
    )
    if not ledger.number(lately):
        return (("No ticket was created in the last ninety days.",),)
    sentence: Line = ("Of ", *plural(ledger, lately, "ticket", "tickets"), " in ninety days, ", told)
    led: Line = (", ", made, " led to new work") if ledger.number(made) else ()
    return ((*sentence, " are about known work", *led, ", ", share, " about none."),)


def _most(draft: Draft, demand: DemandFigures) -> tuple[Line, ...]:
    """The item that most tickets are about, ever, and who wrote them."""
    if not demand.items:
        return ()
    number = draft.ledger.number
    most = max(demand.items, key=lambda item: (number(demand.at(demand.tickets, item)), item))
    tickets = demand.at(demand.tickets, most)
    line: Line = (
        "Most asked about: ",
        _item(draft, most),
        ", ",
        *plural(draft.ledger, tickets, "ticket", "tickets"),
    )
    line += (" from ", *demand.asking(draft, most))
    worth = _worth(draft, demand, most)
    return ((*line, *((", weighing ", *worth) if worth else ()), "."),)


def _worth(draft: Draft, demand: DemandFigures, item: str) -> Line:
    if demand.weight is None:
        return ()
    figure = demand.at(demand.weight, item)
    return (figure, " ", Name(tidy(demand.unit, ""))) if draft.ledger.value(figure) is not None else ()


def _top(draft: Draft, demand: DemandFigures) -> Table:
    columns = [
        Column("item", "Item"),
        Column("new", "New tickets", numeric=True),
        Column("before", "Before", numeric=True),
        Column("tickets", "Tickets", numeric=True),
        Column("organizations", "Organisations", numeric=True),
    ]
    if demand.weight is not None:
        columns.append(Column("weight", "Weight", numeric=True))
    rows: tuple[tuple[Line, ...], ...] = tuple(
        (
            (_item(draft, item),),
            *((demand.at(one, item),) for one in (demand.new, demand.before, demand.tickets)),
            (demand.at(demand.organizations, item),),
            *([_worth(draft, demand, item)] if demand.weight is not None else []),
        )
        for item in demand.items[:TOP]
    )
    return Table(
        "demand",
        "Demand",
        tuple(columns),
        rows,
        listing=True,
        cut=len(demand.items) > TOP,
        empty="No ticket is about an item.",
        folded=True,
    )


def _item(draft: Draft, item: str) -> Item:
    rows = draft.ledger.rows("SELECT * FROM work WHERE item = ?", item)
    return draft.item(rows[0]) if rows else Item(item, None, "(not read)", None)


def _themes(draft: Draft) -> tuple[Table, ...]:
    """What tickets that are about no item are labelled with."""
    figure = draft.ledger.groups(
        "themes", "Tickets of the ninety days that are about no item, by label.", _THEMES, "tickets"
    )
    found = draft.ledger.value(figure)
    counts = sorted(
        ((count, label) for label, count in found if isinstance(count, int))
        if isinstance(found, tuple)
        else (),
        key=lambda one: (-one[0], one[1]),
    )
    rows = tuple(((Name(tidy(label, "?")),), (Figure(figure.fact, label),)) for _, label in counts[:THEMES])
    columns = (Column("label", "Label"), Column("tickets", "Tickets", numeric=True))
    title, cut = "Unlinked themes", len(counts) > THEMES
    return (Table("themes", title, columns, rows, cut=cut, folded=True),) if rows else ()
