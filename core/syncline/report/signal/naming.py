"""The objectives of the configuration as relations that others may name."""

from __future__ import annotations

from collections.abc import Mapping

from syncline.report.relations import literal
from syncline.report.settings import ReportSettings

KINDS: Mapping[str, tuple[str, int, int]] = {
    "objective": ("Objective", -9, 99),
    "initiative": ("Project", 2, 99),
    "project": ("Project", -9, 1),
    "epic": ("Issue", 1, 99),
}
"""What ``from`` may call a record: its kind, its lowest and its highest level."""


def objectives(settings: ReportSettings) -> dict[str, str]:
    """The objectives of the configuration, as relations: ``aim`` and ``aim_result``."""
    aims: list[tuple[str | int | None, ...]] = []
    results: list[tuple[str | int | None, ...]] = []
    for number, one in enumerate(settings.objectives, 1):
        connection, _, rest = (one.from_ or "").partition(":")
        kind, _, name = rest.partition(":")
        record, low, high = KINDS.get(kind.casefold(), ("", 0, 0))
        start = one.start.isoformat() if one.start else None
        due = one.due.isoformat() if one.due else None
        source = (connection, record, low, high, name) if one.from_ else (None, None, None, None, None)
        aims.append((f"objective {number}", number, one.title, one.owner, start, due, one.from_, *source))
        for place, result in enumerate(one.key_result, 1):
            id = f"objective {number}, key result {place}"
            numbers = (str(result.baseline), str(result.target))
            results.append((id, f"objective {number}", place, result.title, result.metric, *numbers))
    head = ("id", "place", "title", "owner", "start_on", "due_on", "source")
    return {
        "aim": literal((*head, "connection", "kind", "level_from", "level_to", "name"), tuple(aims)),
        "aim_result": literal(
            ("id", "aim", "place", "title", "metric", "baseline", "target"), tuple(results)
        ),
    }
