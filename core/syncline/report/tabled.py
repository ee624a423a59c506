"""The numbers of pictures as tables: for those who do not see the picture, and for formats that have none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date

from syncline.report.model import Column, Report, Table
from syncline.report.parts import Figure, Item, Line, Name, Refused
from syncline.report.pictures import (
    Ageing,
    Areas,
    Bar,
    Bubbles,
    Chart,
    Lines,
    Picture,
    Scatter,
    Series,
    Timeline,
)

LONGEST_LIST = 40
"""Things that are listed; the facts of the picture hold all."""

EACH_DAY = 60
"""Days that are listed one by one; of more, every seventh is, back from the last."""

_ITEM = Column("item", "Item")
_DAY = Column("day", "Day")
Rows = tuple[tuple[Line, ...], ...]


def table_of(picture: Picture, report: Report) -> Table:
    """The same numbers as a table, folded: it stands beside its picture."""
    columns, rows = _content(picture, report)
    unit = "" if isinstance(picture, Timeline | Bubbles) else f" ({picture.unit})"
    return Table(
        f"{picture.id}_table", f"{picture.title}{unit}", columns, rows, cut=_cut(picture), folded=True
    )


def _cut(picture: Picture) -> bool:
    """Whether the picture shows more things than the table lists."""
    return max(map(len, _things(picture)), default=0) > LONGEST_LIST


def _things(picture: Picture) -> tuple[tuple[object, ...], ...]:
    match picture:
        case Scatter():
            return (picture.at,)
        case Ageing():
            return tuple(items for _, items in picture.stages)
    return ()


def _content(picture: Picture, report: Report) -> tuple[tuple[Column, ...], Rows]:
    match picture:
        case Chart():
            return _chart(picture)
        case Timeline():
            return _timeline(picture)
        case Scatter():
            return _scatter(picture)
        case Ageing():
            return _ageing(picture)
        case Areas():
            return (_DAY, *_columns(picture.series)), _by_day(
                _listed_days(picture.days), _figures(picture.series), report
            )
        case Lines():
            return _lines(picture, report)
        case Bubbles():
            return _bubbles(picture)


def _columns(series: Iterable[Series]) -> tuple[Column, ...]:
    return tuple(Column(f"series_{place}", one.title, True) for place, one in enumerate(series, 1))


def _figures(series: Iterable[Series]) -> tuple[Figure, ...]:
    return tuple(one.figure for one in series)


def _by_day(days: Sequence[date], figures: tuple[Figure, ...], report: Report) -> Rows:
    """The values of each day; a cell is empty where a series says nothing of the day, for that is not nought."""
    keys = [report.fact(one).by_key.keys() for one in figures]
    return tuple(
        (
            (day,),
            *(
                (Figure(one.fact, day.isoformat()),) if day.isoformat() in known else ()
                for one, known in zip(figures, keys, strict=True)
            ),
        )
        for day in days
    )


def _listed_days(days: Sequence[date], always: AbstractSet[date] = frozenset()) -> Sequence[date]:
    """All of a few days; of many every seventh, back from the last, and those that are told of ``always``."""
    if len(days) <= EACH_DAY:
        return days
    told = always | set(days[::-7])
    return [day for day in days if day in told]


def _chart(picture: Chart) -> tuple[tuple[Column, ...], Rows]:
    rows = tuple(
        ((label,), *((Figure(one.figure.fact, key),) for one in picture.series))
        for key, label in picture.categories
    )
    return (Column("category", picture.head), *_columns(picture.series)), rows


def _scatter(picture: Scatter) -> tuple[tuple[Column, ...], Rows]:
    days = dict(picture.at)
    rows = tuple(
        ((item,), (days[item.item],) if item.item in days else (), (Figure(picture.figure.fact, item.item),))
        for item in picture.items[:LONGEST_LIST]
    )
    return (_ITEM, _DAY, Column("value", picture.unit, True)), rows + _levels(picture.lines, 1)


def _ageing(picture: Ageing) -> tuple[tuple[Column, ...], Rows]:
    rows = tuple(
        ((item,), (Name(stage),), (Figure(picture.figure.fact, item.item),))
        for stage, items in picture.stages
        for item in items[:LONGEST_LIST]
    )
    return (_ITEM, Column("stage", "Stage"), Column("value", picture.unit, True)), rows + _levels(
        picture.bands, 1
    )


def _levels(levels: Iterable[tuple[str, Figure]], between: int) -> Rows:
    """Levels as rows at the end: their name, their value in the last column."""
    return tuple(((Name(label),), *(((),) * between), (figure,)) for label, figure in levels)


def _lines(picture: Lines, report: Report) -> tuple[tuple[Column, ...], Rows]:
    figures = (*_figures(picture.series), *(fan.figure for fan in picture.fans))
    ahead = {date.fromisoformat(key) for fan in picture.fans for key in report.fact(fan.figure).by_key}
    words = dict(picture.marks)
    days = _listed_days(sorted(ahead.union(picture.days)), {*words, *picture.days[-1:]})
    rows = _by_day(days, figures, report)
    fans = tuple(Column(f"fan_{fan.percent}", f"{fan.percent} %", True) for fan in picture.fans)
    columns = (_DAY, *_columns(picture.series), *fans)
    if not words:
        return columns, rows + _levels(picture.levels, len(columns) - 2)
    marked = tuple(
        (*row, (Name(word),) if (word := words.get(day)) else ()) for row in rows if (day := _day(row))
    )
    between = len(columns) - 2
    levels = tuple((*row, ()) for row in _levels(picture.levels, between))
    return (*columns, Column("mark", "Marked")), marked + levels


def _day(row: tuple[Line, ...]) -> date | None:
    first = row[0][0]
    return first if isinstance(first, date) else None


def _bubbles(picture: Bubbles) -> tuple[tuple[Column, ...], Rows]:
    columns = (_ITEM, Column("x", picture.x_title, True), Column("y", picture.y_title, True))
    rows = tuple(
        ((one.item,), (one.x,), (one.y,), (one.size,) if one.size else ()) for one in picture.bubbles
    )
    threshold = ((Name("threshold"),), (picture.thresholds[0],), (picture.thresholds[1],), ())
    return (*columns, Column("size", picture.size_title, True)), (*rows, threshold)


def _timeline(picture: Timeline) -> tuple[tuple[Column, ...], Rows]:
    columns = (
        _ITEM,
        Column("state", "Health"),
        Column("progress", "Done", True),
        Column("start", "Start"),
        Column("end", "Target"),
        Column("baseline", "Promised"),
        Column("trail", "Moved to"),
        Column("slip", "Slip", True),
        Column("half", "50 % by"),
        Column("slow", "85 % by"),
        Column("waits", "Waits for"),
    )
    names = {bar.item.item: bar.item for bar in picture.bars}
    return columns, tuple(_bar(bar, names) for bar in picture.bars)


def _bar(bar: Bar, names: dict[str, Item]) -> tuple[Line, ...]:
    refused: Line = (Refused(bar.refused),) if bar.refused else ()
    return (
        (replace(bar.item, title="") if bar.item.key else bar.item,),
        (bar.state,),
        (bar.progress,) if bar.progress else (),
        (bar.start,) if bar.start else (),
        _target(bar),
        (bar.baseline,) if bar.baseline else (),
        _listed(bar.trail),
        (bar.slip,) if bar.slip else (),
        (bar.half,) if bar.half else refused,
        (bar.slow,) if bar.slow else (),
        _listed([Name(_called(names[one])) for one in bar.waits_for if one in names]),
    )


def _target(bar: Bar) -> Line:
    if bar.end is None:
        return ()
    return (bar.end,) if bar.typed else (bar.end, " (nobody typed it)")


def _listed(parts: Iterable[date | Name]) -> Line:
    """The parts with commas between them."""
    line: Line = ()
    for part in parts:
        line = (*line, ", ", part) if line else (part,)
    return line


def _called(item: Item) -> str:
    return item.key or item.title
