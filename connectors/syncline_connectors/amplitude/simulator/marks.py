"""Annotations, their categories, releases and cohorts."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from syncline.sim import SimRequest, SimResponse
from syncline_connectors.amplitude.simulator.charts import Quirks
from syncline_connectors.amplitude.simulator.errors import Refusal
from syncline_connectors.amplitude.simulator.project import Annotation, Cohort, Project, Release

_FIELDS = frozenset({"label", "start", "end", "details", "category", "chart_id"})
_RELEASE = frozenset(
    {
        "version",
        "release_start",
        "release_end",
        "title",
        "description",
        "platforms",
        "created_by",
        "chart_visibility",
    }
)


class Marks:
    """Answers requests about what is written on charts, and about cohorts."""

    def __init__(self, project: Project, quirks: Quirks, seed: int) -> None:
        self._project, self.quirks = project, quirks
        self._random = random.Random(seed)  # noqa: S311 - a simulation must be repeatable

    # ---- annotations ----

    def annotations(self, request: SimRequest) -> SimResponse:
        after, before = _instant(request.param("start"), "start"), _instant(request.param("end"), "end")
        chart, category = request.param("chart_id"), request.param("category")
        if chart and category:
            raise Refusal(400, "Invalid request")
        found = []
        for one in self._project.annotations.values():
            if not self._listed(one):
                continue
            start = datetime.fromisoformat(one.start)
            end = datetime.fromisoformat(one.end) if one.end else start
            if (after and start < after) or (before and end > before):
                continue
            if chart and one.chart_id not in (None, chart):
                continue
            if category and self._project.categories.get(one.category) != category:
                continue
            found.append(self._annotation(one))
        return SimResponse.of_json({"data": self._ordered(found)})

    def _listed(self, one: Annotation) -> bool:
        age = None if one.made is None else self._project.clock.now() - one.made
        return age is None or age.total_seconds() >= self.quirks.listed_after

    def annotation(self, request: SimRequest, number: str) -> SimResponse:
        return SimResponse.of_json({"data": self._annotation(self._find(number))})

    def create(self, request: SimRequest) -> SimResponse:
        given = self._given(request, _FIELDS)
        if not given.get("label") or not given.get("start"):
            raise Refusal(400, "Invalid field")
        made = Annotation(self._project.next_id(), given["label"], given["start"])
        made.made = self._project.clock.now()
        self._change(made, given)
        if self.quirks.whole_hours:
            start = datetime.fromisoformat(made.start).astimezone(UTC)
            made.start = start.replace(minute=0, second=0).isoformat()
        self._project.annotations[made.id] = made
        return SimResponse.of_json({"data": self._annotation(made)})

    def update(self, request: SimRequest, number: str) -> SimResponse:
        one = self._find(number)
        self._change(one, self._given(request, _FIELDS))
        return SimResponse.of_json({"data": self._annotation(one)})

    def delete(self, request: SimRequest, number: str) -> SimResponse:
        del self._project.annotations[self._find(number).id]
        return SimResponse.of_json({"success": True})

    def _change(self, one: Annotation, given: Mapping[str, Any]) -> None:
        for name in ("start", "end"):
            if given.get(name) is not None:
                _instant(given[name], name)
        if (category := given.get("category")) is not None:
            known = {name: number for number, name in self._project.categories.items()}
            if category not in known:
                raise Refusal(404, "Category not found")
            one.category = known[category]
        for name in ("label", "start", "end", "details", "chart_id"):
            if name in given:
                setattr(one, name, given[name])

    def _find(self, number: str) -> Annotation:
        if not number.isdigit():
            raise Refusal(400, "Invalid annotation ID")
        found = self._project.annotations.get(int(number))
        if found is None:
            raise Refusal(404, "Annotation not found")
        return found

    def _annotation(self, one: Annotation) -> dict[str, Any]:
        return {
            "id": one.id,
            "start": one.start,
            "label": one.label,
            "details": one.details,
            "category": self._category(one.category),
            "end": one.end,
            "chart_id": one.chart_id,
        }

    # ---- categories ----

    def categories(self, request: SimRequest) -> SimResponse:
        wanted = request.param("category")
        found = [
            self._category(number)
            for number, name in self._project.categories.items()
            if wanted in (None, name)
        ]
        if not found:
            raise Refusal(404, "Category not found")
        return SimResponse.of_json({"data": found})

    def create_category(self, request: SimRequest) -> SimResponse:
        name = self._given(request, frozenset({"category"})).get("category")
        if not isinstance(name, str) or not name:
            raise Refusal(400, "Invalid field")
        if name in self._project.categories.values():
            raise Refusal(409, "Category already exists")
        return SimResponse.of_json({"data": self._category(self._project.add_category(name))})

    def _category(self, number: int) -> dict[str, Any]:
        return {"id": number, self.quirks.category_name: self._project.categories[number]}

    # ---- releases ----

    def release(self, request: SimRequest) -> SimResponse:
        given = dict(request.query) or self._given(request, _RELEASE)
        if not all(given.get(name) for name in ("version", "release_start", "title")):
            raise Refusal(400, "version, release_start and title are required")
        made = Release(f"rel{self._project.next_id()}", given, self._project.clock.now())
        self._project.releases.append(made)
        created = round(made.created.timestamp() * 1000)
        by = given.get("created_by", "")
        told = {
            "id": made.id,
            "app_id": self._project.app_id,
            "org_id": 440728,
            "version": given["version"],
            "release_start": given["release_start"],
            "release_end": given.get("release_end"),
            "type": "integration",
            "title": given["title"],
            "description": given.get("description", ""),
            "platforms": given.get("platforms"),
            "chart_visibility": True,
            "params": {
                "created": created,
                "created_by": by,
                "last_modified": created,
                "last_modified_by": by,
            },
        }
        return SimResponse.of_json({"success": True, "release": told})

    # ---- cohorts ----

    def cohorts(self, request: SimRequest) -> SimResponse:
        shown = [self._cohort(one) for one in self._project.cohorts.values() if not one.hidden]
        return SimResponse.of_json({"cohorts": self._ordered(shown)})

    def _cohort(self, one: Cohort) -> dict[str, Any]:
        definition = {"version": 3, "countGroup": {"name": "User", "is_computed": False}, "andClauses": []}
        return {
            "appId": self._project.app_id,
            "archived": one.archived,
            "definition": definition,
            "description": one.description,
            "finished": one.computed is not None,
            "id": one.id,
            "name": one.name,
            "published": True,
            "type": "redshift",
            "lastMod": round(one.modified.timestamp()),
            "createdAt": round(one.created.timestamp()),
            "lastComputed": round(one.computed.timestamp()) if one.computed else None,
            "hidden": one.hidden,
            "metadata": None,
            "view_count": None,
            "popularity": None,
            "last_viewed": None,
            "chart_id": None,
            "edit_id": None,
            "is_predictive": False,
            "is_official_content": False,
            "location_id": None,
            "shortcut_ids": [],
            "owners": ["amp"],
            "viewers": [],
            "size": one.size,
        }

    # ---- how ----

    def _ordered(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The vendor promises no order."""
        if self.quirks.shuffled:
            self._random.shuffle(rows)
        return rows

    def _given(self, request: SimRequest, allowed: frozenset[str]) -> dict[str, Any]:
        try:
            given = request.json()
        except ValueError:
            raise Refusal(400, "Invalid JSON") from None
        if not isinstance(given, dict) or set(given) - allowed:
            raise Refusal(400, "Invalid field")
        return given


def _instant(text: str | None, name: str) -> datetime | None:
    """An ISO time with its zone; raises Refusal."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Refusal(400, f"Invalid {name}") from None
    if found.tzinfo is None:
        raise Refusal(400, f"Invalid {name}")
    return found
