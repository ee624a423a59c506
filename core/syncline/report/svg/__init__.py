"""Pictures as SVG, drawn here: a few marks need no library, and every one of them stays under our control.

Of the chart libraries that were measured, the quickest took five times as long and wrote other bytes each time. A
picture has a title, a description, marks that say what they are when they are pointed at, and texts whose numbers name
their fact. Colours are the page's custom properties, or written out for renderers that know none.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from markupsafe import Markup

from syncline.report.model import Report
from syncline.report.pictures import Ageing, Areas, Bubbles, Chart, Lines, Picture, Scatter, Timeline
from syncline.report.plain import line_text
from syncline.report.svg import bubbles, ground, timeline
from syncline.report.svg.areas import draw_areas
from syncline.report.svg.bars import draw_chart
from syncline.report.svg.bubbles import draw_bubbles
from syncline.report.svg.canvas import Canvas
from syncline.report.svg.ground import Values
from syncline.report.svg.palette import literal
from syncline.report.svg.scatter import draw_ageing, draw_scatter
from syncline.report.svg.series import draw_lines, shown_days
from syncline.report.svg.timeline import dated, draw_timeline


def style() -> str:
    """The style sheet of the marks."""
    return resources.files("syncline.report").joinpath("templates/picture.css").read_text("utf-8")


def anything(picture: Picture, report: Report) -> bool:
    """Whether there is anything to draw. Where there is not, the summary stands alone."""
    match picture:
        case Chart():
            return bool(picture.categories and picture.series)
        case Timeline():
            return bool(dated(picture))
        case Scatter():
            return bool(picture.items and picture.at)
        case Ageing():
            return any(items for _, items in picture.stages)
        case Areas():
            return bool(picture.days and picture.series)
        case Lines():
            return bool(picture.series and shown_days(picture, Values(report)))
        case Bubbles():
            return bool(picture.bubbles)


def draw(picture: Picture, report: Report, colours: Mapping[str, str] | None = None) -> Markup:
    """The picture as an SVG element. With ``colours`` it brings its style along, those colours written out."""
    values = Values(report)
    canvas = Canvas(ground.WIDTH)
    match picture:
        case Chart():
            draw_chart(canvas, picture, values)
        case Timeline():
            canvas = Canvas(timeline.WIDTH)
            draw_timeline(canvas, picture, values)
        case Scatter():
            draw_scatter(canvas, picture, values)
        case Ageing():
            draw_ageing(canvas, picture, values)
        case Areas():
            draw_areas(canvas, picture, values)
        case Lines():
            draw_lines(canvas, picture, values)
        case Bubbles():
            canvas = Canvas(bubbles.WIDTH)
            draw_bubbles(canvas, picture, values)
    own = literal(style(), colours) if colours else ""
    return canvas.finished(picture.id, picture.title, line_text(picture.summary, report), own)
