"""Who reads a report, and so what may appear in it at all."""

from __future__ import annotations

from syncline.report.model import Report
from syncline.report.settings import ReportSettings


def fit(report: Report, settings: ReportSettings) -> Report:
    """The report as its audience may see it."""
    return report
