"""Every check for writing, in the order in which they make sense. Each takes a fresh `WritingBench`."""

from __future__ import annotations

from syncline.testing.bench import WritingCheck
from syncline.testing.children import CHILDREN
from syncline.testing.creating import CREATING
from syncline.testing.linking import LINKING
from syncline.testing.moving import MOVING
from syncline.testing.updating import UPDATING

WRITING: tuple[WritingCheck, ...] = (*CREATING, *UPDATING, *MOVING, *LINKING, *CHILDREN)
