"""The index of a folder of reports, as a page and as an Atom feed. Pages are named by day and kind, never by titles."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import resources
from xml.etree import ElementTree

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from syncline.report.html import policy
from syncline.report.settings import zone
from syncline.report.words import moment_text, tidy

Entry = tuple[str, str, str, datetime]
"""File name, kind, title, and when it is as of."""

_ATOM = "http://www.w3.org/2005/Atom"


def index(entries: Sequence[Entry], timezone: str) -> str:
    """The page that lists the reports of a folder, the newest first, in the order given."""
    css = resources.files("syncline.report").joinpath("templates/report.css").read_text("utf-8")
    environment = Environment(
        loader=PackageLoader("syncline.report", "templates"), autoescape=True, undefined=StrictUndefined
    )
    here = zone(timezone)
    rows = [
        (name, kind, tidy(title, kind), at.astimezone(here).isoformat(), moment_text(at.astimezone(here)))
        for name, kind, title, at in entries
    ]
    template = environment.get_template("archive.html.j2")
    return template.render(rows=rows, timezone=timezone, css=Markup(css), policy=policy(css)) + "\n"  # noqa: S704


def feed(entries: Sequence[Entry]) -> str:
    """The same as an Atom feed (RFC 4287); links are relative, for nobody knows where the folder will stand."""
    ElementTree.register_namespace("", _ATOM)
    names = "\n".join(name for name, *_ in reversed(entries))
    root = ElementTree.Element(f"{{{_ATOM}}}feed")
    _add(root, "id", _id(names.split("\n", 1)[0]))
    _add(root, "title", "Reports")
    _add(root, "updated", _instant(entries[0][3]) if entries else "1970-01-01T00:00:00Z")
    for name, kind, title, at in entries:
        entry = ElementTree.SubElement(root, f"{{{_ATOM}}}entry")
        _add(entry, "id", _id(f"{name}\n{_instant(at)}"))
        _add(entry, "title", tidy(title, kind))
        _add(entry, "updated", _instant(at))
        ElementTree.SubElement(entry, f"{{{_ATOM}}}link", {"rel": "alternate", "href": name})
        author = ElementTree.SubElement(entry, f"{{{_ATOM}}}author")
        _add(author, "name", "Syncline")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}").text = text


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _id(text: str) -> str:
    """The same for the same report wherever it stands."""
    return f"urn:syncline:{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"
