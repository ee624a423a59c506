"""The parts of ``docs/reports.md`` that code decides: ``python -m tests.report.documented`` writes them anew."""

from __future__ import annotations

from pathlib import Path

from syncline.report import Report

from .building import company, report_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reports.md"


def sections(report: Report) -> str:
    return "\n".join(f"- **{one.title}**" + (f": {one.rule}" if one.rule else "") for one in report.sections)


def definitions(report: Report) -> str:
    rows = (f"| `{fact.name}` | {fact.unit or '–'} | {fact.definition} |" for fact in report.facts)
    return "\n".join(("| fact | unit | definition |", "|---|---|---|", *rows))


def rewritten(page: str, report: Report) -> str:
    """The page with what stands below two of its headings replaced."""
    for heading, body in (("Sections", sections(report)), ("Definitions", definitions(report))):
        before, _, rest = page.partition(f"\n## {heading}\n")
        _, mark, after = rest.partition("\n## ")
        page = f"{before}\n## {heading}\n\n{body}\n{mark}{after}"
    return page


def documented_report() -> Report:
    """The report that the page describes."""
    built = company()
    report = report_of(built, teams={"core": ("eng:ENG",)})
    built.close()
    return report


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text("utf-8"), documented_report()), "utf-8")
