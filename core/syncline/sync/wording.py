"""Templates of the configuration: words with holes that a record's values fill. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_HOLE = re.compile(r"\{(\w+)\}")


def filled(template: str, known: Mapping[str, str]) -> str:
    """A template with its holes filled; one that means nothing stays as it is."""
    return _HOLE.sub(lambda hole: known.get(hole[1], hole[0]), template)
