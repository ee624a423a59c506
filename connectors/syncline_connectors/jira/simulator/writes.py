"""All endpoints that write, and those that tell what may be written."""

from __future__ import annotations

from syncline_connectors.jira.simulator import (
    comments,
    files,
    links,
    people,
    planning,
    properties,
    screens,
    transitions,
    writing,
)
from syncline_connectors.jira.simulator.call import Route
from syncline_connectors.jira.simulator.face import Face


def routes(face: Face) -> list[Route]:
    shared = [screens, transitions, comments, links, properties, people, planning]
    return [
        *writing.routes(face),
        *files.routes(face),
        *(route for part in shared for route in part.routes()),
    ]
