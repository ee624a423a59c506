"""What can be written to Linear, and how what was made is found again."""

from __future__ import annotations

from collections.abc import Mapping

from syncline.connector import CreateBy, Creation
from syncline.model import Kind

CREATES: Mapping[Kind, Creation] = {
    Kind.ISSUE: Creation(CreateBy.CLIENT_ID, settle=5),
    Kind.COMMENT: Creation(CreateBy.CLIENT_ID, settle=5),
    Kind.ATTACHMENT: Creation(CreateBy.CLIENT_ID, settle=5),
}
"""We choose the id. A look by id sees what was made at once; five seconds are for what is still under way."""
