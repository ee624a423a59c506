"""Making counterparts: what they are made of, and how one whose answer was lost is found again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from syncline.model import Kind, Priority, Text, TextFormat
from syncline.sync.apply import EARLIER
from syncline.sync.blocks import Block, FieldPlanRule
from syncline.sync.changes import trimmed
from syncline.sync.group import Tongue
from syncline.sync.match import Loose, Make
from syncline.sync.values import CROSSING, SETS, Unsaid, as_json, label_key, raw_field
from syncline.sync.wording import filled
from syncline.target import FIELDS, Draft


@dataclass(frozen=True)
class Drafted:
    """A draft, and for each rule whether it says what the source says: None, or why it does not."""

    draft: Draft
    unsaid: Mapping[str, str] = field(default_factory=dict)


def drafted(
    block: Block, make: Make, source: Loose, tongue: Tongue, container: str, kind: Kind = Kind.ISSUE
) -> Drafted:
    """The counterpart of ``source`` as `Target.create` takes it; ``container`` is a remote id."""
    values: dict[str, Any] = {}
    unsaid: dict[str, str] = {}
    for rule in block.rules:
        if source.connection not in rule.sources or make.connection not in rule.sinks:
            continue
        if not tongue.sides[make.connection].can_write(rule.name, own=rule.own):
            continue
        try:
            value = _said(rule, make, source, tongue)
        except Unsaid as reason:
            unsaid[rule.name] = reason.reason
            continue
        if value not in (None, (), "", Priority.NONE):
            values[rule.name] = value
    if make.rule.title or not values.get("title"):
        values["title"] = title_of(make, source)
    if make.rule.body is not None:
        values["description"] = _text(_filled(Path(make.rule.body).read_text("utf-8"), source))
    values |= {name: _given(name, given, values) for name, given in make.rule.set.items()}
    return Drafted(Draft(kind, container, make.rule.type, values), unsaid)


def _said(rule: FieldPlanRule, make: Make, source: Loose, tongue: Tongue) -> Any:
    """The source's value in the words of the tool that gets the counterpart; raises Unsaid."""
    here, there = tongue.sides[source.connection], tongue.sides[make.connection]
    raw = raw_field(source.data, rule.source_field)
    if rule.source_field != rule.name:
        return raw
    value = trimmed(rule, here.heard(rule.name, raw))
    spelt = {label_key(one): one for one in raw or ()} if rule.name in SETS else {}
    return there.said(rule.name, value, spelt)


def title_of(make: Make, source: Loose) -> str:
    """What a counterpart is called, but for what its tool makes of that."""
    if make.rule.title:
        return _filled(make.rule.title, source)
    return source.title or source.key or source.ref.remote_id


def _filled(template: str, source: Loose) -> str:
    """A template with the source's values; a hole that means nothing stays as it is."""
    known = {
        "key": source.key or source.ref.remote_id,
        "title": source.title or "",
        "url": source.url or "",
        "container": source.container or "",
        "body": _markdown(source),
        "status": source.data["status"]["name"],
        "priority": source.data.get("priority") or "",
    }
    return filled(template, known)


def _markdown(source: Loose) -> str:
    from syncline.text import to_markdown

    body = source.data.get("body")
    if not body:
        return ""
    return to_markdown(Text(format=TextFormat(body["format"]), source=body["source"])).source


def _text(markdown: str) -> Text:
    return Text(format=TextFormat.MARKDOWN, source=markdown)


def _given(name: str, given: tuple[Any, ...], values: Mapping[str, Any]) -> Any:
    """What the configuration sets: listed fields get it beside what crosses, others instead of it."""
    if name in SETS:
        own = values.get(name) or ()
        return (*own, *(one for one in given if one not in own))
    one: Any = given[0] if len(given) == 1 else list(given)
    return one if name in CROSSING or name in FIELDS or len(given) == 1 else list(given)


def written_down(draft: Draft) -> dict[str, Any]:
    """A draft as an intent keeps it."""
    return {
        "kind": draft.kind.value,
        "container": draft.container,
        "type": draft.type,
        "title": draft.fields.get("title"),
        "fields": {name: as_json(value) for name, value in sorted(draft.fields.items())},
    }


def read_again(operation: Mapping[str, Any]) -> Draft:
    """The inverse of `written_down`, as far as looking for the record needs it."""
    return Draft(
        Kind(operation["kind"]), operation["container"], operation["type"], {"title": operation["title"]}
    )


def since(written_at: datetime) -> datetime:
    """From when on a record may have been made whose create was written down at ``written_at``."""
    return written_at - EARLIER
