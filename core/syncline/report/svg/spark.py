"""A small line within a text."""

from __future__ import annotations

from datetime import date

from markupsafe import Markup

from syncline.report.parts import Spark
from syncline.report.svg.canvas import Canvas
from syncline.report.svg.ground import Values
from syncline.report.svg.scales import Calendar, axis
from syncline.report.svg.series import runs

WIDTH = 88
HEIGHT = 20


def draw_spark(spark: Spark, values: Values) -> Markup:
    """The line, or nothing where there is no value. It holds no link and is one image."""
    by_key = values.fact(spark.figure).by_key
    days = [date.fromisoformat(key) for key in sorted(by_key)]
    found = runs(by_key, days)
    if not found:
        return Markup("")
    canvas = Canvas(WIDTH)
    canvas.height = HEIGHT
    upright = axis([number for run in found for _, number in run]).over(HEIGHT - 3, 3)
    calendar = Calendar(days[0], days[-1], 2, WIDTH - 4)
    for day in spark.marks:
        if calendar.holds(day):
            canvas.line(calendar.middle(day), 0, calendar.middle(day), HEIGHT, "mark")
    points = [[(calendar.middle(day), upright(number)) for day, number in run] for run in found]
    canvas.strokes([run for run in points if len(run) > 1], "ink-doing")
    canvas.circle(*points[-1][-1], 2.4, "tone-doing")
    return canvas.image(spark.title)
