"""What the engine writes down: links, groups, bases, what is held, what was done; in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, insert, or_, select, update

from syncline.store.compare import chunks
from syncline.store.ingest import begin_ingest
from syncline.store.leads import settle_leads
from syncline.store.tables import dirty, held, intent, link, member, mirror, operation, record
from syncline.sync.group import RELATIONS, FieldStep, Group, GroupPlan, Member

BEHIND = "behind"


@dataclass
class Ledger:
    """Writes for one run. ``new_holds`` counts what came up in this run and was not open before."""

    db: Connection
    run_id: int
    now: datetime

    # ---- links and groups ----

    def join(
        self, block: str, one: int, other: int, origin: str, evidence: str | None, group: int, *, about: bool
    ) -> None:
        """Link two records and put them into a group. ``about``: many point at ``other``."""
        seq = begin_ingest(self.db, self.run_id, self.now)
        source, target = (one, other) if about else (max(one, other), min(one, other))
        self.db.execute(
            insert(link).values(
                type="about" if about else "same",
                source_id=source,
                target_id=target,
                block=block,
                origin=origin,
                evidence=evidence,
                at=self.now,
                seq=seq,
            )
        )
        for number in (one, other):
            if self.group_of(block, number) is None:
                self._enter(block, number, group)
        if not about:
            self._share_item(one, other, seq)
        self.touch([one, other], "linked")

    def group_of(self, block: str, number: int) -> int | None:
        found = self.db.execute(
            select(member.c.group_id).where(member.c.block == block, member.c.record_id == number)
        ).scalar()
        return None if found is None else int(found)

    def _enter(self, block: str, number: int, group: int) -> None:
        self.db.execute(
            insert(member).values(block=block, record_id=number, group_id=group, state="active", base={})
        )

    def _share_item(self, one: int, other: int, seq: int) -> None:
        """Both are one piece of work from now on: the older item, wherever a third record belongs to it already."""
        items = {
            row.item_id
            for row in self.db.execute(select(record.c.item_id).where(record.c.id.in_([one, other])))
        }
        if len(items) == 2:
            older, younger = sorted(items)
            self.db.execute(update(record).where(record.c.item_id == younger).values(item_id=older, seq=seq))
        settle_leads(self.db, items, seq)

    def unlink(self, number: int) -> list[int]:
        """Take a record out of all its groups and give it its own item back; returns who is left alone."""
        seq = begin_ingest(self.db, self.run_id, self.now)
        ends = or_(link.c.source_id == number, link.c.target_id == number)
        pointed_at = link.c.until.is_(None) & (link.c.type == "about") & (link.c.target_id == number)
        bereft = set(self.db.execute(select(link.c.block).where(pointed_at)).scalars())
        self.db.execute(
            update(link).where(link.c.until.is_(None), ends).values(until=self.now, until_seq=seq)
        )
        groups = self.db.execute(
            select(member.c.block, member.c.group_id).where(member.c.record_id == number)
        ).all()
        self.db.execute(member.delete().where(member.c.record_id == number))
        others: set[int] = set()
        for block, group in groups:
            left = self._left(block, group)
            others |= set(left)
            if len(left) < 2 or block in bereft:  # many that were about it are about nothing any more
                self.db.execute(member.delete().where(member.c.block == block, member.c.group_id == group))
            else:
                self._keep_together(block, left, seq)
            self._close_all(block, group)
        self._own_items([number, *others], seq)
        self.touch([number, *sorted(others)], "linked")
        return sorted(others)

    def _keep_together(self, block: str, left: Sequence[int], seq: int) -> None:
        """Members that only the one who left linked with each other are linked by themselves."""
        apart = list(left)
        first = self._reach(apart[0])
        for number in apart[1:]:
            if number in first or self._points(number):
                continue
            self.db.execute(
                insert(link).values(
                    type="same",
                    source_id=max(number, apart[0]),
                    target_id=min(number, apart[0]),
                    block=block,
                    origin="kept",
                    evidence=None,
                    at=self.now,
                    seq=seq,
                )
            )
            first |= self._reach(number)

    def _points(self, number: int) -> bool:
        """Whether it points at something that it is about."""
        ends = or_(link.c.source_id == number, link.c.target_id == number)
        found = select(link.c.id).where(link.c.until.is_(None), link.c.type == "about", ends).limit(1)
        return self.db.execute(found).first() is not None

    def _left(self, block: str, group: int) -> list[int]:
        rows = self.db.execute(
            select(member.c.record_id).where(member.c.block == block, member.c.group_id == group)
        )
        return [row.record_id for row in rows]

    def _own_items(self, numbers: Iterable[int], seq: int) -> None:
        """Every record's item anew, from the links that are left."""
        for number in sorted(numbers):
            reach = self._reach(number)
            self.db.execute(update(record).where(record.c.id.in_(reach)).values(item_id=min(reach)))
            settle_leads(self.db, [min(reach)], seq)

    def _reach(self, number: int) -> set[int]:
        """Every record that is one item with it by the links that are left."""
        reach = {number}
        edge = {number}
        while edge:
            rows = self.db.execute(
                select(link.c.source_id, link.c.target_id).where(
                    link.c.until.is_(None),
                    link.c.type == "same",
                    or_(link.c.source_id.in_(edge), link.c.target_id.in_(edge)),
                )
            )
            edge = {end for row in rows for end in (row.source_id, row.target_id)} - reach
            reach |= edge
        return reach

    # ---- bases ----

    def base(self, block: str, number: int, changes: Mapping[str, Any]) -> None:
        """Set entries of a member's base; None takes one away."""
        which = {"of": block, "number": number}
        row = self.db.execute(_BASE, which).one_or_none()
        if row is None:
            return
        whole = {**row.base, **changes}
        base = {name: value for name, value in sorted(whole.items()) if value is not None}
        self.db.execute(_SET_BASE, {**which, "base": base})

    def settle(self, plan: GroupPlan, step: FieldStep, late: Mapping[int, str]) -> None:
        """The others' part of a step: whose base moves, who stays behind; ``late`` are those that refused."""
        by_number = {one.number: one for one in plan.group.members}
        settled = {**step.settled, **({} if late else step.then)}
        for number, raw in settled.items():
            self.base(plan.block, number, {step.name: [raw]})
        if step.name == RELATIONS:  # each is judged by itself: what could not be told is found out again
            return
        for number in {*step.behind, *late}:
            if number in by_number:
                self.base(plan.block, number, {step.name: _behind(by_number[number], step)})

    def state(self, block: str, number: int, state: str) -> None:
        """Whether a member takes part: active, gone, frozen."""
        self.db.execute(
            update(member).where(member.c.block == block, member.c.record_id == number).values(state=state)
        )

    # ---- what is held ----

    def hold(
        self,
        plan_block: str,
        group: Group,
        name: str,
        kind: str,
        reason: str,
        shown: Mapping[str, Any],
        number: int | None = None,
    ) -> bool:
        """Note a conflict or a field that cannot be written; True where that is news."""
        open_ = [
            hold for hold in group.holds if hold.name == name and hold.kind == kind and hold.member == number
        ]
        if open_:
            known = open_[0]
            if known.reason != reason or known.shown != shown:
                self.db.execute(
                    update(held)
                    .where(held.c.id == known.number)
                    .values(reason=reason, shown=dict(shown), at=self.now, answer=None)
                )
            return False
        self.db.execute(
            insert(held).values(
                block=plan_block,
                group_id=group.number,
                record_id=number,
                field=name,
                kind=kind,
                reason=reason,
                shown=dict(shown),
                at=self.now,
                run_id=self.run_id,
            )
        )
        return True

    def release(self, numbers: Iterable[int]) -> None:
        """Close what is no longer held."""
        for part in chunks(sorted(numbers)):
            self.db.execute(
                update(held).where(held.c.id.in_(part)).values(closed_at=self.now, closed_run=self.run_id)
            )

    def _close_all(self, block: str, group: int) -> None:
        self.db.execute(
            update(held)
            .where(held.c.block == block, held.c.group_id == group, held.c.closed_at.is_(None))
            .values(closed_at=self.now, closed_run=self.run_id)
        )

    # ---- what was done ----

    def done(
        self,
        block: str,
        group: int,
        number: int | None,
        kind: str,
        name: str,
        before: Any,
        after: Any,
        why: str,
        state: str = "done",
        error: str | None = None,
    ) -> None:
        """One field that was written, or should have been."""
        self.db.execute(
            insert(operation).values(
                run_id=self.run_id,
                block=block,
                group_id=group,
                record_id=number,
                kind=kind,
                field=name,
                before=before,
                after=after,
                why=why,
                state=state,
                error=error,
                at=self.now,
            )
        )

    def ours(self, block: str, number: int, remote_id: str, shown: Mapping[str, Any] | None) -> None:
        """A comment that we wrote by ourselves: it is nobody's words, and never copied."""
        row = {"block": block, "record_id": number, "remote_id": remote_id, "shown": shown}
        self.db.execute(insert(mirror).values(**row, state="there", at=self.now))

    # ---- what must be planned ----

    def touch(self, numbers: Sequence[int], reason: str) -> None:
        """These must be planned again."""
        self.clean(numbers)
        seq = begin_ingest(self.db, self.run_id, self.now)
        self.db.execute(
            insert(dirty),
            [{"record_id": number, "reason": reason, "seq": seq} for number in sorted(set(numbers))],
        )

    def touch_also(self, numbers: Iterable[int]) -> None:
        """These were planned because of others, and must be planned again by themselves."""
        left = sorted(numbers)
        if left:
            self.touch(left, "config")

    def clean(self, numbers: Iterable[int]) -> None:
        """What is planned for these has been done, or noted."""
        for part in chunks(sorted(set(numbers))):
            self.db.execute(_CLEAN, {"ids": part})

    # ---- intents ----

    def intend(
        self, marker: str, connection_id: int, number: int | None, block: str, operation_: Any
    ) -> None:
        """Write down what is about to be sent."""
        self.db.execute(intent.delete().where(intent.c.id == marker))
        self.db.execute(
            insert(intent).values(
                id=marker,
                run_id=self.run_id,
                connection_id=connection_id,
                record_id=number,
                block=block,
                operation=operation_,
                state="sent",
                written_at=self.now,
            )
        )

    def settled(self, marker: str, state: str, outcome: Any = None) -> None:
        """What became of it."""
        self.db.execute(
            update(intent)
            .where(intent.c.id == marker)
            .values(state=state, outcome=outcome, settled_at=None if state == "in_doubt" else self.now)
        )


_IS_MEMBER = and_(member.c.block == bindparam("of"), member.c.record_id == bindparam("number"))
_BASE = select(member.c.base).where(_IS_MEMBER)
_SET_BASE = update(member).where(_IS_MEMBER).values(base=bindparam("base"))
_CLEAN = delete(dirty).where(dirty.c.record_id.in_(bindparam("ids", expanding=True)))
"""Made once: every group that is settled asks."""


def _behind(one: Member, step: FieldStep) -> list[Any]:
    """A base that stays where it is, or where the record stands when it has none, marked as behind."""
    base = one.base.get(step.name)
    return [base[0] if base else step.shown.get(str(one.number)), BEHIND]
