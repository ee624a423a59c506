"""What shall be said on the members of a group: every comment has one origin, and its copies say what it says. Pure.

A copy is never copied, and nothing flows back from it. It is known by its row; one that an older database knew is known
by the line above it, so that nothing is said twice after a loss. What the origin says now is compared with what it said
when it was last told, never with the copy: tools rewrite what they are given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from syncline.model import Visibility
from syncline.sync.blocks import Block, TalkRule
from syncline.sync.group import COMMENTS, RETRY, Copy, Group, Member, Remark, Say, Talk, Tongue
from syncline.sync.values import WIDTH, Side, markdown, wider
from syncline.sync.wording import filled

BEFORE = timedelta(hours=1)
"""So long before two records were joined a comment may have been written and still cross: clocks, and the last pull."""
NOBODY = "Somebody"
TEAM = Visibility.TEAM.value


def sayings(
    block: Block, group: Group, here: Sequence[Member], tongue: Tongue
) -> tuple[tuple[Say, ...], dict[int, str]]:
    """What is to be said, and by member why something is not."""
    if block.comments is None or group.talk is None or group.talk.doubtful:
        return (), {}
    speakers = _Speakers(block, block.comments, group, {one.number: one for one in here}, tongue, group.talk)
    says = tuple(speakers.all())
    return says, speakers.reasons


@dataclass
class _Speakers:
    block: Block
    rule: TalkRule
    group: Group
    here: Mapping[int, Member]
    tongue: Tongue
    talk: Talk
    unsaid: dict[int, list[str]] = field(default_factory=dict)

    @property
    def reasons(self) -> dict[int, str]:
        found = {}
        for number, reasons in sorted(self.unsaid.items()):
            more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
            found[number] = reasons[0] + more
        return found

    def all(self) -> Iterator[Say]:
        copied = {(one.member, one.remote_id) for one in self.talk.copies if one.remote_id is not None}
        remarks = [one for one in self.talk.remarks if (one.member, one.ref.remote_id) not in copied]
        ours = {one.number: one for one in remarks if self._signed(one)}
        known = {(one.source, one.member): one for one in self.talk.copies if one.source is not None}
        shown = {(one.member, one.ref.remote_id): one for one in self.talk.remarks}
        for origin in sorted(remarks, key=lambda one: one.number):
            if origin.number in ours or self._describes(origin):
                continue
            for other in self._listeners(origin):
                copy = known.get((origin.number, other.number))
                if copy is None or copy.state == "refused":
                    yield from self._new(origin, other, copy, ours.values())
                elif copy.state == "there":
                    theirs = shown.get((other.number, copy.remote_id or ""))
                    yield from self._known(origin, other, copy, theirs)

    def _listeners(self, origin: Remark) -> Iterator[Member]:
        """Who is told: in a block of many to one, only the one by the many, and the many by the one."""
        speaker = self.here.get(origin.member)
        if speaker is None or speaker.connection not in self.rule.sources:
            return
        for other in self.here.values():
            if other.connection == speaker.connection or other.connection not in self.rule.sinks:
                continue
            if self.block.about and self.group.number not in (speaker.number, other.number):
                continue
            if not other.archived and self._can(other):
                yield other

    def _can(self, other: Member) -> bool:
        return self.tongue.sides[other.connection].can_write(COMMENTS, own=False)

    def _describes(self, remark: Remark) -> bool:
        """Whether it is the text of the record itself: Zendesk's first comment is the ticket's description."""
        member = self.here.get(remark.member)
        body = None if member is None else member.data.get("body")
        return isinstance(body, Mapping) and same_words(remark.body, body)

    # ---- a comment without a copy ----

    def _new(
        self, origin: Remark, other: Member, copy: Copy | None, signed: Iterable[Remark]
    ) -> Iterator[Say]:
        if origin.absent is not None or not self._late_enough(origin, other):
            return
        if origin.visibility == Visibility.PRIVATE.value:
            return
        text = self._text(origin)
        ours = next((one for one in signed if one.member == other.number and _says(one.body, text)), None)
        row = None if copy is None else copy.number
        if ours is not None:
            yield Say(
                "adopt", other.number, origin.number, text, origin.body, row, ours.ref.remote_id, ours.body
            )
        elif other.connection not in self.tongue.writable:
            self._mute(other, f'{other.connection} is only read (access = "read")')
        elif not self._refused(other, copy, text, reach := self._reach(origin, other)):
            marker = str(uuid5(NAMESPACE_URL, f"syncline:{self.block.name}/{origin.ref}/{other.ref}"))
            yield Say(
                "add", other.number, origin.number, text, origin.body, row, marker=marker, visibility=reach
            )

    def _reach(self, origin: Remark, other: Member) -> str:
        """Who may read a copy: never more than read its origin, and customers only where both keys allow it."""
        allowed = self.tongue.sides[other.connection].reach(self.rule.to_customers)
        return min(origin.visibility, allowed.value, key=lambda one: WIDTH.index(Visibility(one)))

    def _late_enough(self, origin: Remark, other: Member) -> bool:
        """Written since ``since``, or without that since the two belong together: nobody's history is poured over."""
        if origin.created_at is None:
            return False
        since = self.block.config.since
        if since is not None:
            return origin.created_at.date() >= since
        joined = [self.talk.joined.get(number) for number in (origin.member, other.number)]
        late: list[datetime] = [one for one in joined if one is not None]
        return len(late) == 2 and origin.created_at >= max(late) - BEFORE

    # ---- a comment with one ----

    def _known(self, origin: Remark, other: Member, copy: Copy, theirs: Remark | None) -> Iterator[Say]:
        if theirs is not None and theirs.absent == "gone":
            yield Say("forget", other.number, origin.number, copy=copy.number, remote_id=copy.remote_id)
            return
        edited = theirs is not None and copy.shown is not None and not same_words(theirs.body, copy.shown)
        if origin.absent is not None:
            yield from self._removed(origin, other, copy, edited)
        elif origin.visibility == Visibility.PRIVATE.value:
            self._mute(other, f"{_place(origin)} was made private; its copy is still there")
        elif theirs is not None and wider(theirs.visibility, origin.visibility):
            self._mute(other, f"customers read the copy of {_place(origin)}, which is not for them any more")
        elif copy.said is not None and same_words(origin.body, copy.said):
            if edited:
                self._mute(other, f"the copy of a comment of {origin.author} was edited; that stays here")
        elif other.connection in self.tongue.writable:
            yield from self._edited(origin, other, copy, theirs)

    def _edited(self, origin: Remark, other: Member, copy: Copy, theirs: Remark | None) -> Iterator[Say]:
        """A copy says what its origin says now, if who reads the copy may. One that was not read may be for anybody."""
        text, reach = self._text(origin), self._reach(origin, other)
        seen = copy.shown if theirs is None else theirs.body
        side = self.tongue.sides[other.connection]
        readers = side.reach(True).value if theirs is None else theirs.visibility
        if wider(readers, reach):
            self._mute(
                other, f"customers may read the copy of {_place(origin)}, and nothing allows to tell them"
            )
        elif not self._refused(other, copy, text, readers):
            yield Say(
                "edit",
                other.number,
                origin.number,
                text,
                origin.body,
                copy.number,
                copy.remote_id,
                seen,
                visibility=readers,
            )

    def _removed(self, origin: Remark, other: Member, copy: Copy, edited: bool) -> Iterator[Say]:
        """A copy goes where its origin was surely deleted, and nobody made it words of their own."""
        if origin.absent != "gone":
            return
        if edited:
            self._mute(other, f"a comment of {origin.author} was deleted; its copy was edited here and stays")
        elif other.connection in self.tongue.writable and not self._refused(other, copy, "", TEAM):
            yield Say("remove", other.number, origin.number, copy=copy.number, remote_id=copy.remote_id)

    # ---- what is not said ----

    def _refused(self, other: Member, copy: Copy | None, text: str, reach: str) -> bool:
        """Whether the tool refused the very same lately."""
        last = None if copy is None else copy.refused
        if last is None or (last["wanted"], last.get("visibility", TEAM)) != (text, reach):
            return False
        if self.tongue.now - datetime.fromisoformat(last["at"]) >= RETRY:
            return False
        self._mute(other, last["reason"])
        return True

    def _mute(self, other: Member, reason: str) -> None:
        self.unsaid.setdefault(other.number, []).append(reason)

    # ---- words ----

    def _text(self, origin: Remark) -> str:
        side = self.tongue.sides[self.here[origin.member].connection]
        body = markdown(origin.body["format"], origin.body["source"]) or ""
        return (
            f"{signed(self.rule.signature, origin.author, side)}\n\n{body}" if self.rule.signature else body
        )

    def _signed(self, remark: Remark) -> bool:
        """Whether it begins with the line that stands above copies from another member."""
        member = self.here.get(remark.member)
        if not self.rule.signature or member is None:
            return False
        first = (markdown(remark.body["format"], remark.body["source"]) or "").partition("\n")[0]
        return any(
            re.fullmatch(_pattern(self.rule.signature, self.tongue.sides[one.connection]), first)
            for one in self.here.values()
            if one.connection != member.connection
        )


def signed(signature: str, author: str, side: Side) -> str:
    """The line above a copy of a comment of ``author``; canonical Markdown."""
    from syncline.text.characters import escape

    line = filled(signature, {"tool": escape(side.tool), "author": escape(author or NOBODY)})
    return (markdown("markdown", line) or line).strip("\n")


def _pattern(signature: str, side: Side) -> str:
    line = signed(signature, "\ue000", side)
    return re.escape(line).replace("\ue000", ".+")


def _says(body: Mapping[str, Any], text: str) -> bool:
    return markdown(body["format"], body["source"]) == markdown("markdown", text)


def same_words(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two texts, as JSON, say the same, however they are spelt."""
    return one == other or (
        markdown(one["format"], one["source"]) == markdown(other["format"], other["source"])
    )


def _place(origin: Remark) -> str:
    return f"a comment of {origin.author}"
