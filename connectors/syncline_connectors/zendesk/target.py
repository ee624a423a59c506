"""What can be written to Zendesk, and how what was made is found again."""

from __future__ import annotations

from collections.abc import Mapping

from syncline.connector import CreateBy, Creation
from syncline.model import Kind

WRITES = frozenset({"title", "status", "type", "priority", "assignees", "labels", "fields"})
"""A ticket's description is its first comment: it is given when a ticket is made and never changed."""
CREATES: Mapping[Kind, Creation] = {
    Kind.TICKET: Creation(CreateBy.IDEMPOTENCY_KEY, settle=60),
    Kind.COMMENT: Creation(CreateBy.MARKER, settle=60),
    Kind.ATTACHMENT: Creation(CreateBy.MARKER, settle=60),
}
"""The key is remembered for two hours; afterwards ``external_id``, which is the marker too, finds the ticket."""
