"""The checks for the status: one move, a path of moves, and never a hop that nobody asked for."""

from __future__ import annotations

from syncline.errors import Invalid, RecordError, Unsupported
from syncline.model import Ref
from syncline.target import Move, Outcome, Set, value_of
from syncline.testing.bench import Workflow, WritingBench, WritingCheck
from syncline.testing.making import accounted, fresh, made, needs


def _workflow(bench: WritingBench) -> Workflow:
    needs("status" in bench.connect().capabilities.writes, "the connector writes no status")
    flow = bench.workflow
    assert flow is not None, "the connector writes the status, so the bench must give a workflow"
    return flow


def _moved(bench: WritingBench, ref: Ref, move: Move) -> tuple[Outcome, str]:
    """What the connector says, and the status the record truly has."""
    outcome = bench.connect().update(ref, {"status": move}, {})
    accounted(outcome, {"status": None})
    status = value_of(fresh(bench, ref).record, "status")
    if outcome.stored is not None:
        stored = value_of(outcome.stored.record, "status")
        assert stored == status, f"stored says {stored}, the tool says {status}"
    return outcome, status


def check_status_moves(bench: WritingBench) -> None:
    """A status that is one move away is reached, and a repeat writes nothing."""
    flow, ref = _workflow(bench), made(bench)
    outcome, status = _moved(bench, ref, Move(flow.near))
    assert outcome.applied == {"status"}, f"refused: {outcome.refused}"
    assert status == flow.near, f"said to be {flow.near}, but is {status}"
    before = bench.written()
    again = bench.connect().update(ref, {"status": Move(flow.near)}, {})
    assert again.applied == {"status"}, (
        f"a status that is there already is applied, not refused: {again.refused}"
    )
    assert bench.written() == before, "a status that is there already was written"


def check_status_moves_along_a_path(bench: WritingBench) -> None:
    """A status beyond one move is reached over the path that is given."""
    flow = _workflow(bench)
    needs(flow.far, "every status is one move away")
    outcome, status = _moved(bench, made(bench), Move(str(flow.far), flow.path))
    assert outcome.applied == {"status"}, f"refused: {outcome.refused}"
    assert status == flow.far, f"said to be {flow.far}, but is {status}"


def check_status_never_hops_blindly(bench: WritingBench) -> None:
    """A status beyond one move is refused without a path, and the status stays, although a way would exist."""
    flow = _workflow(bench)
    needs(flow.far, "every status is one move away")
    ref = made(bench)
    before = value_of(fresh(bench, ref).record, "status")
    outcome, status = _moved(bench, ref, Move(str(flow.far)))
    assert isinstance(outcome.refused.get("status"), RecordError), "unreachable without a path: it is refused"
    assert status == before, f"the status hopped to {status}"


def check_stopped_walk_is_told(bench: WritingBench) -> None:
    """A path that ends half-way is refused, and ``stored`` shows where it stopped."""
    flow = _workflow(bench)
    needs(flow.closed, "every status can be reached")
    outcome, status = _moved(bench, made(bench), Move(str(flow.closed), (flow.near,)))
    assert isinstance(outcome.refused.get("status"), RecordError), "the status was not reached: it is refused"
    assert outcome.stored is not None, "stored shows where the walk stopped"
    assert status != flow.closed, f"{flow.closed} cannot be reached"


def check_status_is_only_moved(bench: WritingBench) -> None:
    """``Set`` of a status, and a move to one that does not exist, are refused and change nothing."""
    _workflow(bench)
    ref = made(bench)
    before = value_of(fresh(bench, ref).record, "status")
    for change in (Set(before + "?"), Move("no such status")):
        outcome = bench.connect().update(ref, {"status": change}, {})
        error = outcome.refused.get("status")
        assert isinstance(error, Invalid | Unsupported), f"{change} is refused, not {error!r}"
    assert value_of(fresh(bench, ref).record, "status") == before


MOVING: tuple[WritingCheck, ...] = (
    check_status_moves,
    check_status_moves_along_a_path,
    check_status_never_hops_blindly,
    check_stopped_walk_is_told,
    check_status_is_only_moved,
)
