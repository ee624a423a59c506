"""``show``: one item in full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from syncline_cli.output import document, say
from syncline_cli.session import Session, with_session

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncline_cli.queries import People, Row


@click.command()
@with_session
@click.argument("item")
def show(session: Session, item: str) -> None:
    """Show one item in full: fields, people, links, history, text.

    ITEM is an item id (i12), a reference (site:kind:id), a key (ENG-12) or an address.
    """
    from syncline_cli import queries

    with session.store() as (_, store), store.reading() as db:
        wanted = resolve(db, item)
        people = queries.People(db)
        records = [_detail(db, row, people) for row in queries.item_records(db, wanted)]
        history = queries.history(db, wanted)
    if session.json:
        lead = records[0]["ref"]
        document(session, {"item": wanted, "lead": lead, "records": records, "history": history})
        return
    for detail in records:
        _print_record(detail)
    _print_history(history)


def resolve(db: Connection, wanted: str) -> str:
    """The item id that ITEM means; raises a usage error that lists the candidates where there are several."""
    from syncline_cli import queries

    found = queries.find(db, wanted)
    if not found:
        raise click.UsageError(f"no item {wanted!r} is known; `syncline items --text …` searches")
    if len({row["item"] for row in found}) > 1:
        names = "; ".join(f"{row['ref']} ({row['connection']}: {row['title']})" for row in found)
        raise click.UsageError(f"{wanted!r} may mean several items: {names}")
    return str(found[0]["item"])


def _detail(db: Connection, row: Row, people: People) -> dict[str, Any]:
    """What ``items --json`` says of a record, and everything else."""
    from syncline_cli import queries

    data = row["data"]
    return queries.record(row, people) | {
        "type": row["type"],
        "level": row["level"],
        "resolution": data.get("resolution"),
        "resolved_at": row["resolved_at"],
        "priority_name": data.get("priority_name"),
        "reporter": people.name(row["site"], data["reporter"]) if data.get("reporter") else None,
        "container": row["container"],
        "container_title": row["container_title"],
        "start_on": data.get("start_on"),
        "estimate": data.get("estimate"),
        "components": data.get("components", []),
        "fields": data.get("fields", {}),
        "flagged": data.get("flagged", False),
        "absent": row["absent"],
        "absent_at": row["absent_at"],
        "parent": queries.parent(db, row),
        "children": queries.children(db, row),
        "links": [_link(each, row) for each in queries.relations(db, row)],
        "comments": queries.comment_count(db, row),
        "body": _markdown(data.get("body"), people.of(row["site"])),
    }


def _link(found: Row, row: Row) -> dict[str, Any]:
    link = {name: value for name, value in found.items() if name not in ("data", "subject_id")}
    outward = found["subject_id"] == row["remote_id"]
    return {"type": found["data"]["type"], "direction": "outward" if outward else "inward", **link}


def _markdown(body: dict[str, str] | None, names: Mapping[str, str]) -> str:
    if not body:
        return ""
    from syncline.model import Text
    from syncline.text import to_markdown

    return to_markdown(Text.model_validate(body), names).source


_PASSIVE = {
    "blocks": "is blocked by",
    "duplicates": "is duplicated by",
    "clones": "is cloned by",
    "causes": "is caused by",
    "relates": "relates to",
}


def _print_record(detail: dict[str, Any]) -> None:
    status = detail["status"]
    category = "/".join(filter(None, (status["category"], status["refinement"])))
    say(f"{detail['key'] or detail['ref']}  {detail['title'] or ''}".rstrip(), bold=True)
    if detail["absent"]:
        since = (detail["absent_at"] or "")[:10]
        say(f"  no longer visible in {detail['connection']}: {detail['absent']} since {since}")
    lines = {
        "status": f"{status['name']} ({category})",
        "type": detail["type"],
        "priority": detail["priority_name"] or detail["priority"],
        "resolution": detail["resolution"],
        "assignees": ", ".join(detail["assignees"]),
        "reporter": detail["reporter"],
        "labels": ", ".join(detail["labels"]),
        "components": ", ".join(detail["components"]),
        "in": " ".join(filter(None, (detail["container"], detail["container_title"]))),
        "parent": _named(detail["parent"]) if detail["parent"] else None,
        "estimate": None if detail["estimate"] is None else f"{detail['estimate']:g}",
        "starts": detail["start_on"],
        "due": detail["due_on"],
        "created": _minute(detail["created_at"]),
        "updated": _minute(detail["updated_at"]),
        "resolved": _minute(detail["resolved_at"]),
        "comments": detail["comments"],
        "where": f"{detail['connection']}  {detail['url'] or ''}".rstrip(),
        "ref": detail["ref"],
    } | {name: str(value) for name, value in detail["fields"].items()}
    for name, value in lines.items():
        if value not in (None, "", []):
            say(f"  {name:<12}{value}")
    _print_links(detail)
    if detail["body"].strip():
        say()
        say(detail["body"].strip())


def _print_links(detail: dict[str, Any]) -> None:
    for link in detail["links"]:
        word = (
            _PASSIVE[link["type"]]
            if link["direction"] == "inward" or link["type"] == "relates"
            else link["type"]
        )
        say(f"  {'link':<12}{word} {_named(link)}")
    for child in detail["children"]:
        say(f"  {'part':<12}{_named(child)} ({child['status_name']})")


def _named(other: Row) -> str:
    return " ".join(filter(None, (other["key"] or other["ref"] or "(unknown)", other["title"])))


def _print_history(history: list[Row]) -> None:
    if history:
        say()
        say("History (UTC)", bold=True)
    for event in history:
        when = event["at"][:16].replace("T", " ")
        when = f"by {when}" if event["at_from"] else when
        say(
            f"  {when}  {event['actor'] or '-'}: {event['field']} {_short(event['old'])} → {_short(event['new'])}"
        )


def _short(value: str | None) -> str:
    text = " ".join((value or "∅").split())
    return text if len(text) <= 60 else text[:59] + "…"


def _minute(instant: str | None) -> str | None:
    return f"{instant[:16].replace('T', ' ')} UTC" if instant else None
