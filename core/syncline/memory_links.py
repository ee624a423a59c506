"""How the in-memory connector writes relations and backlinks, which are objects of their own in the tool."""

from __future__ import annotations

from dataclasses import asdict

from syncline.errors import InDoubt, Invalid, NotFound, Unsupported
from syncline.memory_tool import MemoryTool
from syncline.memory_values import told
from syncline.model import Kind, Ref, RelationType
from syncline.target import AddRemove, Backlink, Change, Related

LINKS = frozenset({"relations", "backlinks"})


def write_links(tool: MemoryTool, ref: Ref, name: str, change: Change) -> None:
    """Add and remove what is named, looking first: the tool would take a relation twice.

    Raises InDoubt where an answer was lost and not all is as wanted.
    """
    if not isinstance(change, AddRemove):
        raise Unsupported(f"memory: {name} are only added and removed")
    try:
        _send(tool, ref, change)
    except InDoubt:
        if not _holds(tool, ref, change):
            raise
    except NotFound as error:
        raise Invalid(error.message, status=error.status, field=name) from None


def _send(tool: MemoryTool, ref: Ref, change: AddRemove) -> None:
    for link in change.remove:
        if isinstance(link, Backlink):
            if link.id in tool.backlinks.get(ref.remote_id, {}):
                told(tool.unlink(ref.remote_id, link.id))
        else:
            for key in _relations(tool, ref, link):
                told(tool.destroy(Kind.RELATION, key))
    for link in change.add:
        if isinstance(link, Backlink):
            if tool.backlinks.get(ref.remote_id, {}).get(link.id) != asdict(link):
                told(tool.link(ref.remote_id, link.id, asdict(link)))
        elif not _relations(tool, ref, link):
            values = {"subject": ref.remote_id, "type": link.type, "target": link.target}
            told(tool.insert(Kind.RELATION, values, ""))


def _relations(tool: MemoryTool, ref: Ref, link: Related) -> list[str]:
    """The ids of the relations that say it; of those that have no direction, from either end."""
    ends = {(ref.remote_id, link.target)}
    if link.type is RelationType.RELATES:
        ends.add((link.target, ref.remote_id))
    return [
        key
        for key, row in tool.relations.items()
        if row["type"] == link.type and (row["subject"], row["target"]) in ends
    ]


def _holds(tool: MemoryTool, ref: Ref, change: AddRemove) -> bool:
    there = tool.backlinks.get(ref.remote_id, {})

    def known(link: Backlink | Related) -> bool:
        return (
            there.get(link.id) == asdict(link)
            if isinstance(link, Backlink)
            else bool(_relations(tool, ref, link))
        )

    return all(known(link) for link in change.add) and not any(known(link) for link in change.remove)
