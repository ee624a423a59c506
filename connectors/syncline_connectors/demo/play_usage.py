"""Fills a simulated Amplitude project, and writes the files that have no tool."""

from __future__ import annotations

import csv
from pathlib import Path

from syncline.seams import Clock
from syncline_connectors.amplitude.simulator import AmplitudeSimulator
from syncline_connectors.demo.evidence import FUNNEL, Evidence


def play_usage(evidence: Evidence, clock: Clock, seed: int) -> AmplitudeSimulator:
    """A calm project in the region EU whose days are those of UTC."""
    project = AmplitudeSimulator(clock, calm=True, seed=seed, region="eu")
    project.set_funnel(FUNNEL, evidence.funnel[0][0], [steps for _, steps in evidence.funnel])
    first = min(evidence.weekly)
    values = [float(evidence.weekly[monday]) for monday in sorted(evidence.weekly)]
    project.set_series("_active", first, values, interval=7)
    for mark in evidence.marks:
        project.annotate(mark.label, mark.at, details=mark.details, category=mark.category)
    project.add_cohort("Shops with guest accounts", 5)
    return project


def write_papers(evidence: Evidence, folder: Path) -> None:
    """The CSV files below ``data``, the notes below ``research``."""
    for place in ("data", "research"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    for name, rows in evidence.tables.items():
        with (folder / "data" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    for name, text in evidence.papers.items():
        (folder / "research" / name).write_text(text, encoding="utf-8")
