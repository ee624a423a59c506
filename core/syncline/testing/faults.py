"""The checks for reading a tool that fails or behaves oddly.

One truth: a walk under a fault raises an error that names the right reaction, or delivers everything. It is never
shorter and says that it is whole. What the bench cannot do is skipped.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncline.connector import Censuses, Cursor, Gone, Present, Probes
from syncline.errors import AuthError, ProtocolError, SynclineError, TransientError, VendorError
from syncline.model import Ref, Sourced
from syncline.sim.faults import Fault
from syncline.testing.bench import FaultyBench, FaultyCheck, Quirk
from syncline.testing.making import needs
from syncline.testing.reading import issue_stream, walk, whole

PASSING = (
    Fault.TIMEOUT_BEFORE,
    Fault.TIMEOUT_AFTER,
    Fault.DROP_BEFORE,
    Fault.DROP_AFTER,
    Fault.TRUNCATED_BODY,
    Fault.RATE_LIMIT_SECONDS,
    Fault.RATE_LIMIT_DATE,
    Fault.RATE_LIMIT_BARE,
    Fault.SERVER_ERROR,
    Fault.BAD_GATEWAY,
    Fault.UNAVAILABLE,
)
"""Faults without a usable answer: they may pass."""
NONSENSE = (
    Fault.TRUNCATED_JSON,
    Fault.DUPLICATED_BODY,
    Fault.INVALID_UTF8,
    Fault.EMPTY_BODY,
    Fault.LOGIN_PAGE,
)
"""Faults with an answer that makes no sense."""
FOR_EVER = 10_000
"""More tries than any client makes."""


def _possible(bench: FaultyBench, faults: Sequence[Fault]) -> list[Fault]:
    able = [fault for fault in faults if fault in bench.faults]
    needs(able, "the bench cannot inject these faults")
    return able


def _quirk(bench: FaultyBench, quirk: Quirk) -> None:
    needs(quirk in bench.quirks, f"the tool never has {quirk}")
    bench.behave(quirk)


def _walked(bench: FaultyBench, fault: Fault, *, at_page: int, times: int) -> SynclineError | set[str]:
    """The ids of a walk whose requests from a page on meet a fault, or the error it raised."""
    source = bench.connect()
    stream = issue_stream(source)
    found: set[str] = set()
    if at_page == 0:
        bench.inject(fault, writes=False, times=times)
    try:
        for number, page in enumerate(walk(source, stream, Cursor()), start=1):
            found |= {s.record.remote_id for s in page.records if s.record.kind is stream.kinds[0]}
            if number == at_page:
                bench.inject(fault, writes=False, times=times)
    except SynclineError as error:
        return error
    finally:
        bench.inject(fault, writes=False, times=0)
    return found


def _whole_or_raised(
    bench: FaultyBench, faults: Sequence[Fault], reaction: type[VendorError], times: int
) -> None:
    for fault in _possible(bench, faults):
        for at_page in (0, 1):
            told = _walked(bench, fault, at_page=at_page, times=times)
            if isinstance(told, SynclineError):
                assert isinstance(told, reaction), f"{fault}: {reaction.__name__}, not {told!r}"
            else:
                lost = bench.issues - told
                assert not lost, (
                    f"{fault} at page {at_page + 1}: {len(lost)} of {len(bench.issues)} lost in silence"
                )


def _needed_no_more(bench: FaultyBench, told: SynclineError | set[str], at_page: int) -> bool:
    """Whether a walk had everything before the tool failed: some tools tell all at once."""
    return at_page > 0 and isinstance(told, set) and bench.issues <= told


def check_one_failure_loses_nothing(bench: FaultyBench) -> None:
    """A request of a walk that fails once is repeated or raises TransientError; nothing is left out."""
    _whole_or_raised(bench, PASSING, TransientError, times=1)


def check_lasting_failure_is_told(bench: FaultyBench) -> None:
    """A tool that fails for good ends the walk with TransientError, never as if there were nothing more."""
    for fault in _possible(bench, PASSING):
        for at_page in (0, 1):
            told = _walked(bench, fault, at_page=at_page, times=FOR_EVER)
            if not _needed_no_more(bench, told, at_page):
                assert isinstance(told, TransientError), f"{fault}: TransientError, not {told!r:.100}"


def check_nonsense_is_no_empty_page(bench: FaultyBench) -> None:
    """A truncated, doubled, empty or unreadable answer raises ProtocolError or is asked again; it is never a page."""
    _whole_or_raised(bench, NONSENSE, VendorError, times=1)
    for fault in _possible(bench, NONSENSE):
        told = _walked(bench, fault, at_page=1, times=FOR_EVER)
        if not _needed_no_more(bench, told, 1):
            assert isinstance(told, ProtocolError | TransientError), (
                f"{fault}: ProtocolError, not {told!r:.100}"
            )


def check_census_under_faults_is_whole_or_raises(bench: FaultyBench) -> None:
    """A census that meets a fault raises or names everything: what it leaves out would count as deleted."""
    source = bench.connect()
    needs(isinstance(source, Censuses), "the connector has no census")
    for fault in _possible(bench, PASSING + NONSENSE):
        source = bench.connect()
        assert isinstance(source, Censuses)
        listed: set[str] = set()
        bench.inject(fault, writes=False, times=FOR_EVER)
        try:
            for batch in source.census(issue_stream(source)):
                listed |= set(batch)
        except VendorError:
            continue
        finally:
            bench.inject(fault, writes=False, times=0)
        assert listed == bench.issues, f"{fault}: the census names {len(listed)} of {len(bench.issues)}"


def check_failed_look_proves_nothing(bench: FaultyBench) -> None:
    """A look at a record that meets a fault raises, or says Present; it never says that the record is not there."""
    for fault in _possible(bench, PASSING + NONSENSE):
        source = bench.connect()
        ref = Ref(source.check().site, issue_stream(source).kinds[0], sorted(bench.issues)[0])
        bench.inject(fault, writes=False, times=FOR_EVER)
        try:
            answers = list(source.fetch([ref]))
        except VendorError:
            continue
        finally:
            bench.inject(fault, writes=False, times=0)
        assert [type(answer) for answer in answers] == [Present], f"{fault}: told {answers}"


def check_credentials_lost_in_mid_walk_are_told(bench: FaultyBench) -> None:
    """When credentials die in a walk, it raises, or `probe` of the same connector does afterwards."""
    source = bench.connect()
    source.check()
    stream = issue_stream(source)
    found: set[str] = set()
    told: VendorError | None = None
    try:
        for page in walk(source, stream, Cursor()):
            found |= {s.record.remote_id for s in page.records if s.record.kind is stream.kinds[0]}
            bench.revoke()
        if isinstance(source, Probes):  # the engine asks no other proof after a walk
            source.probe()
    except VendorError as error:
        told = error
    lost = len(bench.issues - found)
    assert told or not lost, f"{lost} issues lost in silence: a remembered proof proves nothing"
    assert told is None or isinstance(told, AuthError), f"AuthError, not {told!r}"


# ---- odd, but not broken -------------------------------------------------------------------------------------------


def _kept(bench: FaultyBench) -> dict[str, Sourced]:
    found, _ = whole(bench.connect(), Cursor())
    lost = bench.issues - found.keys()
    assert not lost, f"{len(lost)} of {len(bench.issues)} issues lost in silence"
    return found


def check_empty_page_is_not_the_end(bench: FaultyBench) -> None:
    """A page without rows is the end only when the tool says so."""
    _quirk(bench, Quirk.EMPTY_PAGES)
    _kept(bench)


def check_overlapping_pages_lose_nothing(bench: FaultyBench) -> None:
    """Rows that come twice are no reason to stop, and push no others out."""
    _quirk(bench, Quirk.OVERLAPPING_PAGES)
    _kept(bench)


def check_repeated_page_is_told(bench: FaultyBench) -> None:
    """A tool that answers the same page for ever ends the walk with ProtocolError, never normally, never not at all."""
    _quirk(bench, Quirk.REPEATED_PAGE)
    try:
        found, _ = whole(bench.connect(), Cursor())
    except ProtocolError:
        return
    assert bench.issues <= found.keys(), "a search that goes round in circles is not the whole"


def check_stale_search_loses_no_edit(bench: FaultyBench) -> None:
    """An edit that search shows late is delivered by the walk after it: the mark never runs ahead of the search."""
    _, end = whole(bench.connect(), Cursor())
    _quirk(bench, Quirk.STALE_SEARCH)
    victim = sorted(bench.issues)[0]
    bench.edit_issue(victim, "shown late")
    _, end = whole(bench.connect(), end)
    bench.settle()
    found, _ = whole(bench.connect(), end)
    assert victim in found, "an edit that search showed late is lost"
    assert found[victim].record.title == "shown late"


def check_zones_are_read(bench: FaultyBench) -> None:
    """Times are the same instants in UTC whichever zone the tool writes them in."""
    before = _kept(bench)
    _quirk(bench, Quirk.ZONED_TIMES)
    after = _kept(bench)
    assert any(item.record.created_at for item in before.values()), "the bench must have times"
    for remote_id, item in after.items():
        for name in ("created_at", "updated_at"):
            one, other = getattr(before[remote_id].record, name), getattr(item.record, name)
            assert one == other, f"{name} of {remote_id} is {other}, was {one} before the zone changed"
            assert other is None or not other.utcoffset(), f"{name} is not in UTC"


def check_hidden_record_is_not_gone(bench: FaultyBench) -> None:
    """A record out of sight is Missing or Forbidden, never Gone."""
    _quirk(bench, Quirk.HIDDEN_RECORD)
    source = bench.connect()
    ref = Ref(source.check().site, issue_stream(source).kinds[0], sorted(bench.issues)[0])
    (answer,) = source.fetch([ref])
    assert not isinstance(answer, Gone | Present), f"out of sight, but told {type(answer).__name__}"


FAULTS: tuple[FaultyCheck, ...] = (
    check_one_failure_loses_nothing,
    check_lasting_failure_is_told,
    check_nonsense_is_no_empty_page,
    check_census_under_faults_is_whole_or_raises,
    check_failed_look_proves_nothing,
    check_credentials_lost_in_mid_walk_are_told,
    check_empty_page_is_not_the_end,
    check_overlapping_pages_lose_nothing,
    check_repeated_page_is_told,
    check_stale_search_loses_no_edit,
    check_zones_are_read,
    check_hidden_record_is_not_gone,
)
"""Every check for reading under faults. Each takes a fresh `FaultyBench`."""
