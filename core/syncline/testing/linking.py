"""The checks for relations and backlinks: added once, removed alone, never to nothing."""

from __future__ import annotations

from syncline.errors import RecordError
from syncline.model import Kind, Ref, Relation, RelationType
from syncline.target import AddRemove, Backlink, Change, Related, Set
from syncline.testing.bench import ShowsBacklinks, WritingBench, WritingCheck
from syncline.testing.making import accounted, fresh, made, needs, riding


def _changed(bench: WritingBench, ref: Ref, name: str, change: Change) -> None:
    outcome = bench.connect().update(ref, {name: change}, {})
    accounted(outcome, {name: None})
    assert outcome.applied == {name}, f"refused: {outcome.refused}"
    bench.settle()


def _related(bench: WritingBench, ref: Ref) -> list[tuple[RelationType, str]]:
    """What the record is to others, as a new connector reads it now."""
    found: list[Relation] = [r for r in riding(bench, ref, Kind.RELATION) if r.subject == ref.remote_id]
    return sorted((relation.type, relation.target) for relation in found)


def check_relation_is_added_once(bench: WritingBench) -> None:
    """A relation is made in its direction, once also when asked twice, and removed without touching another."""
    needs("relations" in bench.connect().capabilities.writes, "the connector writes no relations")
    ref, one, two = made(bench), made(bench, "blocked"), made(bench, "also blocked")
    blocks = [Related(RelationType.BLOCKS, other.remote_id) for other in (one, two)]
    known = bench.connect().stored_form("relations", tuple(blocks))
    assert tuple(known) == tuple(blocks), "stored_form takes the relations that can be written"
    for _ in range(2):
        _changed(bench, ref, "relations", AddRemove(add=tuple(blocks)))
    wanted = sorted((link.type, link.target) for link in blocks)
    assert _related(bench, ref) == wanted, f"relations are {_related(bench, ref)}"
    for _ in range(2):
        _changed(bench, ref, "relations", AddRemove(remove=(blocks[0],)))
    assert _related(bench, ref) == [(blocks[1].type, blocks[1].target)], (
        f"relations are {_related(bench, ref)}"
    )


def check_relation_to_nothing_is_refused(bench: WritingBench) -> None:
    """A relation to a record that is not there is refused by name; the other fields are written."""
    needs("relations" in bench.connect().capabilities.writes, "the connector writes no relations")
    ref = made(bench)
    nothing = AddRemove(add=(Related(RelationType.BLOCKS, "999999999"),))
    outcome = bench.connect().update(ref, {"title": Set("written"), "relations": nothing}, {})
    error = outcome.refused.get("relations")
    assert isinstance(error, RecordError), f"a relation to nothing is refused, not {error!r}"
    assert outcome.applied == {"title"}, "the others are written"
    assert fresh(bench, ref).record.title == "written", "the others are written"


def check_backlink_is_replaced(bench: WritingBench) -> None:
    """A backlink whose id is there is replaced, one that is equal is not written, and another stays."""
    needs("backlinks" in bench.connect().capabilities.writes, "the connector writes no backlinks")
    if not isinstance(bench, ShowsBacklinks):
        needs(False, "the bench cannot show backlinks")
        return
    ref = made(bench)
    old, new, other = (
        Backlink(id, f"https://elsewhere.example/{path}", "counterpart", resolved=path == "new")
        for id, path in (("syncline:1", "old"), ("syncline:1", "new"), ("syncline:2", "other"))
    )
    for link in (old, other, new):
        _changed(bench, ref, "backlinks", AddRemove(add=(link,)))
    before = bench.written()
    _changed(bench, ref, "backlinks", AddRemove(add=(new,)))
    assert bench.written() == before, "an equal backlink was written again"
    assert bench.backlinks(ref.remote_id) == {new.id: new.url, other.id: other.url}, "one id, one link"
    for _ in range(2):
        _changed(bench, ref, "backlinks", AddRemove(remove=(new,)))
    assert bench.backlinks(ref.remote_id) == {other.id: other.url}, (
        "the link named is removed, the other stays"
    )


LINKING: tuple[WritingCheck, ...] = (
    check_relation_is_added_once,
    check_relation_to_nothing_is_refused,
    check_backlink_is_replaced,
)
