"""What can be written to Trello, and how what was made is found again."""

from __future__ import annotations

from collections.abc import Mapping

from syncline.connector import CreateBy, Creation
from syncline.model import Kind
from syncline_connectors.trello.fields import COMMON

WRITES = frozenset(
    {
        "title",
        "description",
        "status",
        "assignees",
        "labels",
        "due_on",
        "start_on",
        "backlinks",
        "fields",
        *COMMON,
    }
)
"""What can be written; those of `COMMON` only where a custom field is named for them."""
CREATES: Mapping[Kind, Creation] = {
    Kind.ISSUE: Creation(CreateBy.MARKER, settle=60, later=frozenset()),
    Kind.COMMENT: Creation(CreateBy.MARKER, settle=60),
    Kind.ATTACHMENT: Creation(CreateBy.MARKER, settle=60),
}
"""Trello is not known to show late what was written; a minute is for the doubt."""
