"""Remote ids: the row's own ``id``, else what a person would call it by. Never its place or its contents. Pure.

So a row may be moved and edited and stays the same record. The exception are answers of unnamed respondents, which
nothing else tells apart. Who answered is hashed: an id is shown in messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b

from syncline_connectors.files.row import Cells, needed

LONGEST = 200
"""Characters of an id; a longer one is cut and bears a digest of the whole."""
Identify = Callable[[Cells], str]


def joined(*parts: str) -> str:
    """One id of several parts, different for different parts."""
    return shortened("|".join(part.replace("%", "%25").replace("|", "%7C") for part in parts))


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 33]}…{digest(text)}"


def digest(text: str) -> str:
    """Of a text, as hexadecimal digits."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _own(cells: Cells) -> str | None:
    given = cells.text("id")
    return None if given is None else joined(given)


def _given(cells: Cells, column: str) -> str:
    return needed(cells.text(column), column)


def _instant(cells: Cells, column: str) -> str:
    return needed(cells.instant(column), column).isoformat()


def point(cells: Cells) -> str:
    """One value of a metric: metric, day and segment."""
    day = needed(cells.day("day"), "day").isoformat()
    return joined(_given(cells, "metric"), day, cells.text("segment") or "")


def metric(cells: Cells) -> str:
    """One metric: its name as it is, by which goals and alerts name it."""
    return shortened(_given(cells, "metric"))


def answer(cells: Cells) -> str:
    """One answer: survey, respondent and time; without a respondent all that was said."""
    if found := _own(cells):
        return found
    at = _instant(cells, "answered_at")
    who = cells.text("respondent")
    said = who or "|".join(f"{name}={cells.row[name]}" for name in sorted(cells.row) if name != "answered_at")
    return joined(_given(cells, "survey"), at, f"{'by' if who else 'said'} {digest(said)}")


def deploy(cells: Cells) -> str:
    """One deploy: service, environment, version and time."""
    if found := _own(cells):
        return found
    names = [cells.text(name) or "" for name in ("service", "environment", "version")]
    return joined(*names, _instant(cells, "at"))


def decision(cells: Cells) -> str:
    """One decision: its title."""
    return _own(cells) or joined(_given(cells, "title"))


def score(cells: Cells) -> str:
    """Scores of one item as of one day; apart from notes, which are of the same kind."""
    if found := cells.text("id"):
        return joined("score", found)
    as_of = cells.day("as_of")
    return joined("score", _given(cells, "item"), as_of.isoformat() if as_of else "")


def experiment(cells: Cells) -> str:
    """One experiment: its name."""
    return _own(cells) or joined(_given(cells, "experiment"))


def rollout(cells: Cells) -> str:
    """One flag in one environment."""
    return _own(cells) or joined(_given(cells, "flag"), cells.text("environment") or "")


def note(file: str, keys: Cells) -> str:
    """One file: its path as the configuration sees it."""
    return _own(keys) or joined(file)


IDENTIFY: Mapping[str, Identify] = {
    "metrics": metric,
    "metric_points": point,
    "surveys": answer,
    "experiments": experiment,
    "rollouts": rollout,
    "deploys": deploy,
    "decisions": decision,
    "scores": score,
}
"""By stream."""
GROUPED = frozenset({"metrics", "experiments", "rollouts"})
"""Streams in which several rows are one record; in the others a second row of one id is a mistake."""
