"""What can be written to Jira, and how what was made is found again."""

from __future__ import annotations

from collections.abc import Mapping

from syncline.connector import FIELDS, CreateBy, Creation
from syncline.model import Kind

WRITES = frozenset({*FIELDS, "fields"})
"""Every common field, and the company's own."""
CREATES: Mapping[Kind, Creation] = {
    Kind.ISSUE: Creation(CreateBy.MARKER, settle=600),
    Kind.COMMENT: Creation(CreateBy.MARKER, settle=60),
    Kind.ATTACHMENT: Creation(CreateBy.MARKER, settle=60),
}
"""The search finds a new issue late, by minutes on a busy site; the lists of one issue are prompt."""
