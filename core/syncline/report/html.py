"""The report as one HTML file: no script, nothing loaded, readable by eye, keyboard and screen reader.

Everything passes autoescape; the only markup not from the template is built here and in `syncline.report.svg`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from markupsafe import Markup

from syncline.report.columns import classes, title_class, title_rules, titles
from syncline.report.columns import rules as column_rules
from syncline.report.facts import Fact, needed_by
from syncline.report.model import Block, Board, Detail, Report, Section, Table
from syncline.report.parts import Figure, Item, Jump, Line, Moment, Name, Part, Refused, Spark, State
from syncline.report.pictures import Bubbles, Picture, Timeline
from syncline.report.plain import part_text
from syncline.report.svg import anything, draw, style
from syncline.report.svg.ground import Values
from syncline.report.svg.palette import DARK, LIGHT, variables
from syncline.report.svg.spark import draw_spark
from syncline.report.svg.states import SHAPES, TONES
from syncline.report.svg.timeline import undated
from syncline.report.tabled import table_of
from syncline.report.words import day_text, moment_text, number_text, refusal_text, total_text
from syncline.text.terminal import clean

LONG_GRID = 12
"""Rows of a table of numbers, beyond which its heads lead to the facts instead of every number."""


def html(report: Report) -> str:
    """The whole page."""
    template = _environment().get_template("report.html.j2")
    page = _Page(report)
    css = style_sheet() + title_rules(page.titles)
    return template.render(report=report, page=page, css=Markup(css), policy=policy(css)) + "\n"  # noqa: S704


@lru_cache(1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("syncline.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "code": code,
        "queries": queries,
        "parameters": parameters,
        "relations": relations,
        "shape": shape,
        "day": day_text,
        "total": total_text,
        "number": number_text,
        "kind": kind,
        "parts": _parts,
        "undated": lambda picture: undated(picture) if isinstance(picture, Timeline) else (),
        "column_facts": column_facts,
        "grid": lambda table: not table.listing and len(table.rows) > LONG_GRID,
        "sources": lambda line: [part for part in line if isinstance(part, Item) and part.url],
    }
    for name in (
        "inside",
        "line",
        "cell",
        "classes",
        "unlinked",
        "data_cell",
        "figure",
        "draw",
        "drawn",
        "table_of",
    ):
        environment.filters[name] = _of_page(name)
    return environment


def _of_page(name: str) -> Callable[..., Any]:
    """A filter that is a method of the page being written."""
    return pass_context(lambda context, *values: getattr(context["page"], name)(*values))


def style_sheet() -> str:
    """The style of the page: the colours, then the rules that name them."""
    rules = resources.files("syncline.report").joinpath("templates/report.css").read_text("utf-8")
    colours = (
        f":root {{ color-scheme: light dark; {variables(LIGHT)} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {variables(DARK)} }} }}\n"
    )
    return re.sub(
        r"\s*([{};,]|: )\s*", lambda found: found[1].strip(), f"{colours}{style()}{rules}{column_rules()}"
    )


def policy(css: str) -> str:
    """A content security policy that allows this very style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def kind(block: Block) -> str:
    """Which part of the template writes a block."""
    return type(block).__name__.lower() if isinstance(block, Table | Board | Detail) else "picture"


def _parts(blocks: tuple[Block, ...]) -> list[list[Block]]:
    """Blocks one by one, but pictures that stand side by side together."""
    found: list[list[Block]] = []
    for block in blocks:
        if found and _narrow(block) and _narrow(found[-1][-1]):
            found[-1].append(block)
        else:
            found.append([block])
    return found


def _narrow(block: Block) -> bool:
    return not isinstance(block, Table | Board | Detail | Timeline | Bubbles)


def column_facts(table: Table) -> list[str | None]:
    """By column the fact that all its numbers come from, where there is but one."""
    found: list[set[str]] = [set() for _ in table.columns]
    for row in table.rows:
        for facts, cell in zip(found, row, strict=True):
            facts |= {part.fact for part in cell if isinstance(part, Figure)}
    return [facts.pop() if len(facts) == 1 else None for facts in found]


def code(text: str) -> Markup:
    """A query as element content: cleaned, and not blown up by escaped quotes."""
    safe = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Markup(safe)  # noqa: S704 - escaped above


def queries(facts: Iterable[Fact]) -> dict[str, str]:
    """The fact that prints the query, by fact: the first of all with the same query and the same rows."""
    first: dict[tuple[object, ...], str] = {}
    return {fact.id: first.setdefault((fact.sql, fact.parameters, fact.digest), fact.id) for fact in facts}


def parameters(facts: Iterable[Fact]) -> dict[str, str]:
    """What the queries were asked with, where it is the same for all of them."""
    found: dict[str, set[str]] = {}
    for fact in facts:
        for name, value in fact.parameters:
            found.setdefault(name, set()).add(str(value))
    return {name: values.pop() for name, values in sorted(found.items()) if len(values) == 1}


def relations(facts: Iterable[Fact], report: Report) -> list[tuple[str, str]]:
    """The part of the working set that the queries are over."""
    texts = dict(report.relations)
    needed = needed_by((fact.sql for fact in facts), texts)
    return [(name, sql) for name, sql in report.relations if name in needed]


class _Page:
    """Parts as markup, for one report."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._values = Values(report)
        self._said: set[str] = set()
        self._folded = frozenset(_folded(report.sections))
        self.titles = titles(report)

    def said(self) -> list[Fact]:
        """The facts of all numbers that were written so far; the others stand in the JSON alone."""
        return [fact for fact in self._report.facts if fact.id in self._said]

    def _value(self, figure: Figure) -> str:
        self._said.add(figure.fact)
        return self._values.text(figure)

    def inside(self, id: str) -> str:
        """The place that a link to ``id`` leads to: within what is folded, so that the browser opens it."""
        return f"{id}-in" if id in self._folded else id

    def line(self, line: Line) -> Markup:
        return Markup("").join(map(self._part, line))

    def cell(self, line: Line) -> Markup:
        """As `line`, with days as plain words: of the many in a table nobody asks for a machine's form."""
        return Markup("").join(
            day_text(part) if isinstance(part, date) else self._part(part) for part in line
        )

    def classes(self, table: Table) -> Markup:
        """The attribute of a table's classes, if it has any."""
        named = " ".join(filter(None, (classes(table), title_class(table, self.titles))))
        return Markup(' class="{}"').format(named) if named else Markup("")

    def data_cell(self, line: Line, fact: str | None, first: bool = False) -> Markup:
        """A cell of the table beside a picture, in few bytes: a number of its column's ``fact`` leads nowhere."""
        if first and line:
            return Markup('<th scope="row">{}').format(self.cell(line))
        lone = line[0] if len(line) == 1 else None
        if isinstance(lone, Figure):
            named = Markup("") if lone.fact == fact else Markup(' data-fact="{}"').format(lone.fact)
            return Markup("<td{}>{}").format(named, self._value(lone))
        inner = (self._plain(one) if isinstance(one, Figure) else self.cell((one,)) for one in line)
        return Markup("<td>{}").format(Markup("").join(inner))

    def unlinked(self, line: Line) -> Markup:
        """As `line`, with nothing to follow: for places that are to be pressed themselves."""
        return Markup("").join(map(self._still, line))

    def _still(self, part: Part) -> Markup:
        match part:
            case Figure():
                return self._plain(part)
            case Refused():
                return Markup("{}").format(part_text(part, self._report))
            case Item():
                return _item(Item(part.item, part.key, part.title, None))
            case Jump():
                return Markup("<bdi>{}</bdi>").format(part.text)
            case _:
                return self._part(part)

    def figure(self, figure: Figure) -> Markup:
        """A number that leads to its fact."""
        return Markup('<a href="#{}">{}</a>').format(figure.fact, self._value(figure))

    def draw(self, picture: Picture) -> Markup:
        return draw(picture, self._report)

    def drawn(self, picture: Picture) -> bool:
        return anything(picture, self._report)

    def table_of(self, picture: Picture) -> Table:
        return table_of(picture, self._report)

    def _plain(self, figure: Figure) -> Markup:
        return Markup('<span data-fact="{}">{}</span>').format(figure.fact, self._value(figure))

    def _part(self, part: Part) -> Markup:
        match part:
            case Figure():
                return self.figure(part)
            case Item():
                return _item(part)
            case State():
                return Markup('<b class="{}">{} {}</b>').format(TONES[part], shape(part), part)
            case Refused():
                return self._refused(part.figure)
            case Jump():
                return Markup('<a href="#{}"><bdi>{}</bdi></a>').format(self.inside(part.to), part.text)
            case Spark():
                self._said.add(part.figure.fact)
                return draw_spark(part, self._values)
            case Name():
                return Markup("<bdi>{}</bdi>").format(part.text)
            case Moment():
                return _time(part.at.isoformat(), moment_text(part.at))
            case date():
                return _time(part.isoformat(), day_text(part))
            case str():
                return Markup("{}").format(part)

    def _refused(self, figure: Figure) -> Markup:
        """The reason, which leads to the fact that has no value."""
        self._said.add(figure.fact)
        why = refusal_text(self._report.fact(figure).why_not(figure.key))
        return Markup('<a class="refused" href="#{}">{}</a>').format(figure.fact, why)


def _folded(sections: tuple[Section, ...]) -> Iterator[str]:
    """Ids of what a reader has to open."""
    for section in sections:
        if section.folded and section.silent is None:
            yield section.id
        yield from (block.id for block in section.blocks if isinstance(block, Detail))


def _item(item: Item) -> Markup:
    key = Markup('<bdi class="k">{}</bdi>').format(item.key) if item.key else None
    label = key or Markup("<bdi>{}</bdi>").format(item.title)
    link = Markup('<a href="{}">{}</a>').format(item.url, label) if item.url else label
    return Markup("{} <bdi>{}</bdi>").format(link, item.title) if key and item.title else link


def _time(machine: str, human: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(machine, human)


def shape(state: State) -> Markup:
    return Markup('<i aria-hidden="true">{}</i>').format(SHAPES[state])
