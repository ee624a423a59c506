"""The checks for reading. Each takes a fresh `Bench` and raises AssertionError with the rule that is broken.

What a connector does not have is Skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from syncline.connector import (
    API_VERSION,
    Cadence,
    Censuses,
    Cursor,
    Missing,
    Page,
    Present,
    Probes,
    Source,
    Splits,
    Stream,
    Translates,
)
from syncline.errors import AuthError, SynclineError
from syncline.model import Kind, Ref, Sourced
from syncline.testing.bench import Bench, Check, Skipped

PAGES = 10_000
"""A walk with more pages than this never ends."""


def issue_stream(source: Source) -> Stream:
    """The stream that delivers issues or tickets in every run; of a tool without such work, the first of every run."""
    streams = [stream for stream in source.streams() if stream.cadence is Cadence.RUN]
    work = {Kind.ISSUE, Kind.TICKET}
    if work & source.capabilities.reads:
        streams = [stream for stream in streams if stream.kinds[0] in work]
    if streams:
        return streams[0]
    raise AssertionError("no stream of cadence RUN delivers issues or tickets as its first kind")


def walk(source: Source, stream: Stream, cursor: Cursor) -> Iterator[Page]:
    """All pages of a walk up to the last one."""
    for number, page in enumerate(source.pull(stream, cursor)):
        assert number < PAGES, "a walk must end"
        yield page
        if page.last:
            return
    raise AssertionError("a walk must end with a page marked as the last")


def whole(source: Source, cursor: Cursor) -> tuple[dict[str, Sourced], Cursor]:
    """The issues of a walk by remote id, and where it ended."""
    stream = issue_stream(source)
    found: dict[str, Sourced] = {}
    end = cursor
    for page in walk(source, stream, cursor):
        found |= {s.record.remote_id: s for s in page.records if s.record.kind is stream.kinds[0]}
        end = page.next
    return found, end


# ---- who and what --------------------------------------------------------------------------------------------------


def check_declares_itself(bench: Bench) -> None:
    """Name, protocol version and capabilities are there before any request."""
    source = bench.connect()
    assert source.name, "a connector has a name"
    assert source.api_version == API_VERSION, (
        f"written for protocol {source.api_version}, this is {API_VERSION}"
    )
    names = [stream.name for stream in source.streams()]
    assert len(names) == len(set(names)), "stream names are unique"
    reads = {kind for stream in source.streams() for kind in stream.kinds}
    assert reads <= source.capabilities.reads, "streams deliver only kinds that the capabilities declare"


def check_account_is_stable(bench: Bench) -> None:
    """The site is the same at every check, and fits into a reference."""
    first, second = bench.connect().check(), bench.connect().check()
    assert first.site == second.site, "the site must not change between checks"
    assert first.site, "the site must not be empty"
    assert ":" not in first.site, "the site must not hold a colon"


def check_lost_credentials_are_told(bench: Bench) -> None:
    """Credentials that are worth nothing raise AuthError, in `check` and in `probe`."""
    bench.revoke()
    source = bench.connect()
    _raises_auth(source.check)
    if isinstance(source, Probes):
        _raises_auth(bench.connect().probe)  # type: ignore[attr-defined]


def _raises_auth(call: object) -> None:
    assert callable(call)
    try:
        call()
    except AuthError:
        return
    except SynclineError as error:
        raise AssertionError(f"lost credentials must raise AuthError, not {type(error).__name__}") from error
    raise AssertionError("lost credentials must raise AuthError; an empty answer is not an answer")


# ---- walking -------------------------------------------------------------------------------------------------------


def check_first_pull_is_whole(bench: Bench) -> None:
    """A walk from nowhere delivers every issue."""
    found, _ = whole(bench.connect(), Cursor())
    assert found.keys() == bench.issues, (
        f"missing {bench.issues - found.keys()}, too many {found.keys() - bench.issues}"
    )


def check_walk_ends_at_a_mark(bench: Bench) -> None:
    """A walk that has ended has a mark and no position."""
    _, end = whole(bench.connect(), Cursor())
    assert end.position is None, "a walk that has ended has no position"
    assert end.mark is not None, "a walk that has ended has a mark to go on from"


def check_records_are_well_formed(bench: Bench) -> None:
    """Kinds are declared, times are aware, payloads are there, children name parents on the page's list."""
    source = bench.connect()
    for page in walk(source, issue_stream(source), Cursor()):
        for item in page.records:
            assert item.record.kind in source.capabilities.reads, f"{item.record.kind} is not declared"
            assert item.payload, "the vendor's payload stands beside the record"
            for moment in (item.record.created_at, item.record.updated_at):
                assert moment is None or _aware(moment), "times are aware"


def _aware(moment: datetime) -> bool:
    return moment.utcoffset() is not None


def check_quiet_tool_changes_nothing(bench: Bench) -> None:
    """What a second walk delivers again is equal to what the first delivered."""
    first, end = whole(bench.connect(), Cursor())
    again, _ = whole(bench.connect(), end)
    assert again.keys() <= first.keys(), "a quiet tool has nothing new"
    for remote_id, item in again.items():
        assert item.record == first[remote_id].record, f"{remote_id} differs although nobody touched it"


def check_changes_arrive(bench: Bench) -> None:
    """A new issue and an edit are delivered by the next walk."""
    first, end = whole(bench.connect(), Cursor())
    edited = sorted(first)[0]
    bench.edit_issue(edited, "edited by the check")
    created = bench.create_issue("created by the check")
    bench.settle()
    after, _ = whole(bench.connect(), end)
    assert created in after, "a new issue is delivered"
    assert edited in after, "an edited issue is delivered"
    assert after[edited].record.title == "edited by the check"


def check_resumes_anywhere(bench: Bench) -> None:
    """A walk broken off after any page goes on from the position of that page and leaves nothing out."""
    source = bench.connect()
    stream = issue_stream(source)
    pages = list(walk(source, stream, Cursor()))
    assert len(pages) > 1, "the bench must have more issues than fit on a page"
    for broken_after in range(len(pages) - 1):
        found = {s.record.remote_id for page in pages[: broken_after + 1] for s in page.records}
        later, _ = whole(bench.connect(), pages[broken_after].next)
        assert bench.issues <= found | later.keys(), f"lost after resuming at page {broken_after + 1}"


def check_edit_during_a_walk_is_not_lost(bench: Bench) -> None:
    """What is edited while a walk is under way is delivered by it or by the next one."""
    source = bench.connect()
    stream = issue_stream(source)
    titles: dict[str, str | None] = {}
    end = Cursor()
    victim = sorted(bench.issues)[0]
    for number, page in enumerate(walk(source, stream, Cursor())):
        titles |= {
            s.record.remote_id: s.record.title for s in page.records if s.record.kind is stream.kinds[0]
        }
        end = page.next
        if number == 0:
            bench.edit_issue(victim, "edited in mid-walk")
    bench.settle()
    later, _ = whole(bench.connect(), end)
    titles |= {remote_id: item.record.title for remote_id, item in later.items()}
    assert titles[victim] == "edited in mid-walk", "an edit made during the walk was lost"


def check_parts_cover_everything(bench: Bench) -> None:
    """The parts of a first pull together deliver what one walk delivers."""
    source = bench.connect()
    if not isinstance(source, Splits):
        raise Skipped("the connector has no split")
    stream = issue_stream(source)
    cursors = source.split(stream, 4)
    assert 1 <= len(cursors) <= 4, "at least one part, at most as many as asked for"
    assert len({cursor.mark for cursor in cursors}) == 1, "parts share one mark"
    found = {
        s.record.remote_id
        for cursor in cursors
        for page in walk(source, stream, cursor)
        for s in page.records
        if s.record.kind is stream.kinds[0]
    }
    assert found == bench.issues, "the parts leave something out"


def check_children_come_whole(bench: Bench) -> None:
    """A comment that was deleted is missing from a list that is declared whole."""
    issue = sorted(bench.issues)[0]
    comment = bench.add_comment(issue, "first")
    bench.settle()
    source = bench.connect()
    if Kind.COMMENT not in source.capabilities.reads:
        raise Skipped("the connector reads no comments")
    _, end = whole(source, Cursor())
    bench.delete_comment(issue, comment)
    bench.edit_issue(issue, "so that it is delivered again")
    bench.settle()
    source = bench.connect()
    pages = list(walk(source, issue_stream(source), end))
    assert any((Kind.COMMENT, issue) in page.children_complete for page in pages), (
        "comment lists are declared whole"
    )
    comments = {s.record.remote_id for page in pages for s in page.records if s.record.kind is Kind.COMMENT}
    assert comment not in comments, "the comment is gone"


# ---- looking again -------------------------------------------------------------------------------------------------


def check_census_lists_everything(bench: Bench) -> None:
    """The census names every issue, and no other."""
    source = bench.connect()
    if not isinstance(source, Censuses):
        raise Skipped("the connector has no census")
    gone = sorted(bench.issues)[0]
    bench.delete_issue(gone)
    bench.settle()
    listed = {remote_id for batch in source.census(issue_stream(source)) for remote_id in batch}
    assert listed == bench.issues, "the census must name all issues and no others"


def check_fetch_tells_apart(bench: Bench) -> None:
    """A record that exists is Present; one that never did is not, and is not called gone without evidence."""
    source = bench.connect()
    site = source.check().site
    kind = issue_stream(source).kinds[0]
    here, never = Ref(site, kind, sorted(bench.issues)[0]), Ref(site, kind, "999999999")
    answers = {answer.ref: answer for answer in source.fetch([here, never])}
    assert answers.keys() == {here, never}, "one answer for each reference"
    present = answers[here]
    assert isinstance(present, Present), "an issue that exists is Present"
    assert here.remote_id in {s.record.remote_id for s in present.page.records}
    assert isinstance(answers[never], Missing), "an issue that is not found is Missing, which proves nothing"


def check_payload_can_be_read_again(bench: Bench) -> None:
    """A stored payload gives the same record without a request."""
    source = bench.connect()
    if not isinstance(source, Translates):
        raise Skipped("the connector has no translate")
    for page in walk(source, issue_stream(source), Cursor()):
        for item in page.records:
            assert source.translate(item.record.kind, item.payload) == item.record


READING: tuple[Check, ...] = (
    check_declares_itself,
    check_account_is_stable,
    check_lost_credentials_are_told,
    check_first_pull_is_whole,
    check_walk_ends_at_a_mark,
    check_records_are_well_formed,
    check_quiet_tool_changes_nothing,
    check_changes_arrive,
    check_resumes_anywhere,
    check_edit_during_a_walk_is_not_lost,
    check_parts_cover_everything,
    check_children_come_whole,
    check_census_lists_everything,
    check_fetch_tells_apart,
    check_payload_can_be_read_again,
)
"""Every check for reading, in the order in which they make sense."""
