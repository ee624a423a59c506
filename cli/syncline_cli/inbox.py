"""``conflicts``, ``resolve`` and ``explain``: what waits for a person, and why a field holds what it holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncline_cli.output import document, note, number_of, say
from syncline_cli.session import Session, with_session

if TYPE_CHECKING:
    from syncline.config import Config
    from syncline.sync.byhand import Waiting

RELATIONS = "relations"
SOME = 3
"""So many records are named of those that wait for one reason."""


@click.command()
@with_session
def conflicts(session: Session) -> None:
    """List what waits for a person: conflicts, questions, and fields that cannot be written.

    Fields that cannot be written for one and the same reason (closed tickets, say) are one line with a count; -v and
    --json list each.
    """
    from syncline.sync.byhand import waiting

    with session.store() as (_, store), store.reading() as db:
        found = waiting(db)
    if session.json:
        document(session, [_document(one) for one in found])
        return
    single, alike = (found, []) if session.verbose else apart(found)
    for one in single:
        _print(one)
    for many in alike:
        _print_alike(many)
    if not found:
        say("Nothing waits for a person.")


def apart(found: Sequence[Waiting]) -> tuple[list[Waiting], list[list[Waiting]]]:
    """Those that are told one by one, and what cannot be written for one reason in many records of a block."""
    alike: dict[tuple[str, str], list[Waiting]] = {}
    for one in found:
        if one.kind == "blocked":
            alike.setdefault((one.block, one.reason), []).append(one)
    many = [ones for ones in alike.values() if len(ones) > 1]
    told = {one.number for ones in many for one in ones}
    return [one for one in found if one.number not in told], many


def _print_alike(many: Sequence[Waiting]) -> None:
    labels = list(dict.fromkeys(" = ".join(one.labels) for one in many))
    few, more = ", ".join(labels[:SOME]), len(labels) - SOME
    fields = ", ".join(sorted({one.field for one in many}))
    say(f"{many[0].block}: {len(many)} times, {fields}", bold=True)
    say(f"  blocked: {many[0].reason}")
    say(f"    {few}" + (f" and {more} more; `syncline -v conflicts` lists each" if more > 0 else ""))


def _document(one: Waiting) -> dict[str, Any]:
    return {
        "block": one.block,
        "item": f"i{min(one.members)}" if one.members else None,
        "field": one.field,
        "kind": one.kind,
        "reason": one.reason,
        "since": one.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "answered": one.answered,
        "shown": [
            {
                "connection": name,
                "label": label,
                "value": one.shown.get(str(number)),
            }
            for number, (name, label) in one.members.items()
        ],
    }


def _print(one: Waiting) -> None:
    from syncline.sync.planfile import short

    say(f"{one.block}: {' = '.join(one.labels)}, {one.field}", bold=True)
    say(f"  {one.kind}: {one.reason}" + (" (answered; the next sync carries it out)" if one.answered else ""))
    for number, (name, label) in one.members.items():
        if str(number) in one.shown:
            say(f"    {name} {label}: {short(one.shown[str(number)])}")
    if one.kind == "conflict" and one.field != "link" and one.members:
        names = " | ".join(sorted({name for name, _ in one.members.values()}))
        say(f"  syncline resolve {one.labels[0]} {one.field} --take {names}", dim=True)


# ---- deciding ------------------------------------------------------------------------------------------------------


@click.command()
@with_session
@click.argument("item", required=False, metavar="[ITEM]")
@click.argument("field", required=False, metavar="[FIELD]")
@click.option("--sync", "block", metavar="NAME", help="All conflicts of a block, with --field and --take.")
@click.option("--field", "field_option", metavar="FIELD", help="The field, with --sync.")
@click.option("--take", metavar="CONN", help="What this connection shows wins.")
@click.option("--value", metavar="V", help="This value wins; JSON where it is no text.")
@click.option("--file", "file", type=click.Path(path_type=Path), metavar="F", help="The text in a file wins.")
def resolve(
    session: Session,
    item: str | None,
    field: str | None,
    block: str | None,
    field_option: str | None,
    take: str | None,
    value: str | None,
    file: Path | None,
) -> None:
    """Decide a conflict: `resolve ITEM FIELD --take CONN`, or all of a block with `--sync NAME --field FIELD`.

    The next sync carries it out, unless something changes before.
    """
    from syncline.sync import byhand
    from syncline.sync.blocks import blocks
    from syncline_cli.links import by_hand

    if sum(given is not None for given in (take, value, file)) != 1:
        raise click.UsageError("give one of --take, --value and --file")
    with session.store() as (config, store):
        known = {one.name: one for one in blocks(config.sync, config.fields)}
        with store.reading() as db:
            found = _wanted(db, byhand.waiting(db), item, field or field_option, block)
        with by_hand(store, "resolve") as ledger:
            for one in found:
                if take is not None:
                    byhand.take(ledger, one, take)
                elif one.block in known:
                    said = byhand.words(ledger.db, config, known[one.block])
                    byhand.give(ledger, one, _given(config, one.field, value, file), said)
    if session.json:
        document(session, {"resolved": [_document(one) for one in found]})
    else:
        note(session, f"{number_of(len(found), 'conflict')} decided; the next sync carries it out")


def _wanted(
    db: Any, open_: list[Waiting], item: str | None, field: str | None, block: str | None
) -> list[Waiting]:
    if field is None or (item is None) == (block is None):
        raise click.UsageError("name ITEM and FIELD, or --sync NAME and --field FIELD")
    if item is not None:
        from syncline_cli.queries import find

        numbers = {row["record_id"] for row in find(db, item)}
        if not numbers:
            raise click.UsageError(f"no item {item!r} is known; `syncline conflicts` lists what waits")
        open_ = [one for one in open_ if numbers & one.members.keys()]
    else:
        open_ = [one for one in open_ if one.block == block]
    found = [one for one in open_ if one.field == field and one.kind == "conflict"]
    if not found:
        raise click.UsageError(f"no conflict of {field!r} waits there; `syncline conflicts` lists what waits")
    return found


def _given(config: Config, field: str, value: str | None, file: Path | None) -> Any:
    from syncline.errors import ConfigError

    if file is not None:
        try:
            return file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file} cannot be read as text: {error}") from None
    own = config.fields.get(field)
    if field in ("title", "description", "status") or value is None or (own and own.type == "text"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


# ---- explaining ----------------------------------------------------------------------------------------------------


@click.command()
@with_session
@click.argument("item", metavar="ITEM")
@click.argument("field", metavar="FIELD")
def explain(session: Session, item: str, field: str) -> None:
    """Say why a field of an item holds what it holds: who shows what, who changed it, what we wrote and why."""
    from syncline_cli import queries
    from syncline_cli.show import resolve as resolve_item

    with session.store() as (_, store), store.reading() as db:
        wanted = resolve_item(db, item)
        records = queries.item_records(db, wanted)
        story = _story(db, queries, [row["record_id"] for row in records], field)
        open_ = [
            one
            for one in _waiting(db)
            if one.field == field and {r["record_id"] for r in records} & one.members.keys()
        ]
        related = _related(db, [row["record_id"] for row in records]) if field == RELATIONS else {}
    shown = [
        {
            "connection": row["connection"],
            "key": row["key"],
            "value": related.get(row["record_id"], []) if field == RELATIONS else _field(row["data"], field),
        }
        for row in records
    ]
    answer = {
        "item": wanted,
        "field": field,
        "shown": shown,
        "story": story,
        "waiting": [_document(one) for one in open_],
    }
    if session.json:
        document(session, answer)
        return
    _print_explained(answer, open_)


def _waiting(db: Any) -> list[Waiting]:
    from syncline.sync.byhand import waiting

    return waiting(db)


def _related(db: Any, numbers: list[int]) -> dict[int, list[str]]:
    """Of each record its relations, in words."""
    from syncline.sync.relating import saying
    from syncline.sync.ties import told

    return {number: [saying(one) for one in links] for number, links in told(db, numbers).items()}


def _field(data: dict[str, Any], field: str) -> Any:
    from syncline.sync.values import raw_field

    return raw_field(data, field)


def _story(db: Any, queries: Any, numbers: list[int], field: str) -> list[dict[str, Any]]:
    """Everything that happened to the field, the oldest first: in the tools, and by us."""
    told: list[dict[str, Any]] = []
    for number in numbers:
        told += queries.rows(
            db,
            """
SELECT e.at, c.name AS connection, r.key, 'changed' AS what, coalesce(e.old_name, e.old) AS before,
       coalesce(e.new_name, e.new) AS after, p.title AS who, NULL AS why, NULL AS run
FROM event e JOIN record r ON r.id = e.record_id JOIN connection c ON c.id = r.connection_id
LEFT JOIN record p ON p.site = r.site AND p.kind = 'Person' AND p.remote_id = e.actor
WHERE e.record_id = :number AND e.field = :field""",
            number=number,
            field=field,
        )
        told += queries.rows(
            db,
            """
SELECT o.at, c.name AS connection, r.key, 'written (' || o.state || ')' AS what, o.before AS before,
       o.after AS after, 'syncline' AS who, o.why AS why, o.run_id AS run
FROM operation o JOIN record r ON r.id = o.record_id JOIN connection c ON c.id = r.connection_id
WHERE o.record_id = :number AND o.field = :field""",
            number=number,
            field=field,
        )
    return sorted(told, key=lambda row: (row["at"], row["what"]))


def _print_explained(answer: dict[str, Any], open_: list[Waiting]) -> None:
    from syncline.sync.planfile import short

    for one in answer["shown"]:
        say(f"{one['connection']} {one['key'] or ''}: {short(one['value'])}", bold=True)
    for row in answer["story"]:
        who = f" by {row['who']}" if row["who"] else ""
        why = f" — {row['why']}, run {row['run']}" if row["why"] else ""
        before, after = short(_plain(row["before"])), short(_plain(row["after"]))
        what = f"{before} → {after}"
        if answer["field"] == RELATIONS:
            what = _changed_relations(row["after"])
        say(f"  {row['at'][:16].replace('T', ' ')} {row['connection']} {row['what']}{who}: {what}{why}")
    if not answer["story"]:
        say("  nothing is known to have changed it")
    for waiting in open_:
        _print(waiting)


def _changed_relations(after: Any) -> str:
    """What was written of relations, in words; what a tool says of them as it is."""
    from syncline.sync.relating import sayings_of

    found = json.loads(after) if isinstance(after, str) and after[:1] == "{" else after
    return ", ".join(sayings_of(found)) if isinstance(found, dict) else str(found or "taken away")


def _plain(value: Any) -> Any:
    """An operation's JSON as a value."""
    if isinstance(value, str) and value[:1] in '{["':
        try:
            value = json.loads(value)
        except ValueError:
            return value
    if isinstance(value, dict) and "source" not in value:
        return value.get("set", value.get("move", value.get("add")))
    return value
