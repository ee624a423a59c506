"""The section about how work flows."""

from __future__ import annotations

from syncline.report.draft import Draft
from syncline.report.model import Block, Detail, Line, Picture, Section, Table
from syncline.report.progress import throughput
from syncline.report.shared import Shared
from syncline.report.work.burnup import burn_up
from syncline.report.work.cumulative import cumulative
from syncline.report.work.limits import limits
from syncline.report.work.sprints import SHOWN, burn_down, table, unfit
from syncline.report.work.times import ageing, efficiency, littles_law, scatter

FLOW_RULE = (
    "Throughput counts items done, not their size; canceled is not done. Cycle time runs from the first entry into"
    " doing to the last entry into done, both days counted, weekends too. Lines are percentiles by nearest rank, drawn"
    " from 11 items on. In the cumulative flow an item stands in the furthest stage it has reached; hatched are days on"
    " which one in ten of those under way had been moved back."
)


def flow_section(draft: Draft, shared: Shared) -> Section:
    if not draft.ledger.rows("SELECT 1 FROM work LIMIT 1"):
        return Section("flow", "Flow", FLOW_RULE, silent="No issue was read.")
    flow = shared.flow
    share, little = efficiency(draft), littles_law(draft)
    notes: list[Line] = []
    if draft.ledger.value(share) is not None:
        notes.append(
            ("Half of the items were worked on for at least ", share, " of their time; the rest was waiting.")
        )
    teams = limits(draft)
    blocks: list[Block] = [throughput(draft), *([teams] if teams else [])]
    burned = burn_up(draft, shared.roadmap)
    blocks += [scatter(draft, flow), *([burned] if burned else [])]
    more: list[Table | Picture] = [cumulative(draft), ageing(draft, flow)]
    known = shared.sprints
    if known is not None:
        now = known.current()
        notes += unfit(known)
        blocks.append(table(draft, known, now[:SHOWN], folded=True))
        more += [burn_down(draft, one) for one in now[:1] if not one.closed]
    fits = draft.ledger.value(little["little_implied"]) is not None
    if fits:
        hint: Line = (
            "Work under way and throughput together would mean a cycle time of ",
            little["little_implied"],
            " days on average; measured were ",
            little["little_measured"],
            " days. Far apart, starts or ends are missing, or work is left lying.",
        )
        notes.append(hint)
    blocks.append(Detail("more-on-flow", ("More on flow",), tuple(notes), tuple(more)))
    return Section("flow", "Flow", FLOW_RULE, (), tuple(blocks))
