"""Section 12: what customers are shown, what is tried on them, and what came of it."""
# ruff: noqa: S608 - the parts put together here are constants of this package, or quoted

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.report.draft import LONGEST_LIST, Draft, plural
from syncline.report.model import Block, Column, Line, Name, Section, Table
from syncline.report.signal.experiments import experiments_line, experiments_table
from syncline.report.signal.launches import after_line, after_table
from syncline.report.signal.rollouts import flags_table
from syncline.report.words import tidy

if TYPE_CHECKING:
    from syncline.report.shared import Shared

TRIALS_RULE = (
    "Launch: the first day on which one percent of the users in production have it; everybody: the first day on which"
    " all have. Rollback: any step down after the launch. Stale: everybody has had it for thirty days, so the flag can"
    " go. An experiment is read only if its users are split as planned; where its source gives a verdict, that one"
    " stands and nothing is computed beside it. Before and after a launch: means of as many complete days on each side,"
    " without the days of the rollout; twenty-eight are needed."
)

_ANYTHING = "SELECT 1 FROM rollout UNION ALL SELECT 1 FROM experiment UNION ALL SELECT 1 FROM mark LIMIT 1"
_IN_PERIOD = "FROM mark WHERE kind = '{kind}' AND at >= :period_start AND at < :period_end"


def trials_section(draft: Draft, shared: Shared) -> Section:
    """Flags, experiments, metrics around launches, deploys and marks."""
    id, title = "trials", "Rollouts and experiments"
    if not draft.ledger.rows(_ANYTHING):
        return Section(id, title, TRIALS_RULE, silent="No flag, experiment, deploy or mark was read.")
    flags, experiments = shared.flags, experiments_table(draft)
    lines, events = _events(draft)
    blocks: list[Block] = [flags_table(draft, flags)] if flags.every else []
    blocks += [experiments] if experiments else []
    told = after_line(shared.after)
    if shared.after.readings:
        blocks.append(after_table(draft, shared.after))
    lines = (*([experiments_line(draft)] if experiments else []), *([told] if told else []), *lines)
    return Section(id, title, TRIALS_RULE, lines, (*blocks, *([events] if events.rows else [])))


def _events(draft: Draft) -> tuple[tuple[Line, ...], Table]:
    """What was deployed and marked in the period."""
    ledger = draft.ledger
    deploys = ledger.count(
        "deploys", "Deploys in the period.", f"SELECT ref {_IN_PERIOD.format(kind='Deploy')}", "deploys"
    )
    marks = ledger.count(
        "marks",
        "Marks on the time line of metrics, in the period.",
        f"SELECT ref {_IN_PERIOD.format(kind='Annotation')}",
        "marks",
    )
    rows = ledger.rows(
        "SELECT * FROM mark WHERE at >= :period_start AND at < :period_end ORDER BY at DESC, ref"
        f" LIMIT {LONGEST_LIST}"
    )
    columns = (
        Column("what", "What"),
        Column("at", "When"),
        Column("kind", "Kind"),
        Column("result", "Result"),
    )
    table = Table(
        "events",
        "Deploys and marks in the period",
        columns,
        tuple(
            (
                (Name(tidy(row["title"], "(no title)")),),
                (draft.moment(row["at"]),),
                (("deploy" if row["kind"] == "Deploy" else "mark"),),
                (Name(tidy(row["result"] or row["type"], "")),) if row["result"] or row["type"] else (),
            )
            for row in rows
        ),
        listing=True,
        cut=len(rows) == LONGEST_LIST,
        folded=True,
    )
    if not rows:
        return (), table
    counted: Line = (*plural(ledger, deploys, "deploy", "deploys"), " and ")
    return ((*counted, *plural(ledger, marks, "mark", "marks"), " in the period."),), table
