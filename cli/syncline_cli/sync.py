"""``sync``, ``plan``, ``apply``, ``pause`` and ``resume``: keeping linked work in agreement."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncline_cli.after_sync import failure_told, follow_up
from syncline_cli.failures import DIFFERENCES, DONE, exit_code, worst
from syncline_cli.output import document, note, number_of, say, warn
from syncline_cli.progress import progress_bars
from syncline_cli.pull import SWITCH, answer, refuse_second_run, tell, tell_stopped
from syncline_cli.session import Session, with_session
from syncline_cli.signals import stoppable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncline.config import Config
    from syncline.store import Store
    from syncline.sync.marking import MarkPlan
    from syncline.sync.result import PullResult
    from syncline.sync.whole import Wish

LIMIT = click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Write to at most N records in each block."
)
ITEM = click.option("--item", metavar="ITEM", help="Only this item: an id, reference, key or address.")


@click.command()
@with_session
@click.argument("names", nargs=-1, metavar="[NAME]...")
@ITEM
@LIMIT
@click.option(
    "--approve",
    type=click.IntRange(min=1),
    metavar="N",
    help="Let plans of up to N records pass the guards, and believe that a tool which had up to N is empty.",
)
def sync(
    session: Session, names: tuple[str, ...], item: str | None, limit: int | None, approve: int | None
) -> int:
    """Bring everything up to date; the command for cron.

    Reads all connections, then plans every [[sync]] and [[mark]] block and carries out those whose mode is "on"; NAME
    narrows both to some blocks. Then it makes and sends reports that are due, alerts and messages. Unlike pull it never
    creates a database, so that a wrong path in cron cannot start an empty one.
    """
    refuse_second_run(session)
    sys.setswitchinterval(SWITCH)
    from syncline.sync.opening import processes
    from syncline.sync.whole import sync as sync_all

    with session.store() as (config, store), progress_bars(session) as progress, stoppable() as stop:
        wish = _wish(config, store, names, item, limit, approve)
        with failure_told(session, config, store):
            result = sync_all(
                config,
                store,
                wish,
                names=_connections(config, wish),
                redactor=session.redactor,
                on_progress=progress,
                stop=stop,
                helpers=processes,
            )
        sent = follow_up(session, config, store, result)
    code = worst(result.exit_code, sent.exit_code if sent else DONE)
    if session.json:
        messages = {"messages": sent.as_dict()} if sent else {}
        document(session, _answer(result) | messages | {"exit_code": code})
    tell(session, result)
    _tell_outcome(session, result)
    return code


def _wish(
    config: Config,
    store: Store,
    names: tuple[str, ...],
    item: str | None,
    limit: int | None,
    approve: int | None,
) -> Wish:
    from syncline.errors import ConfigError
    from syncline.sync.whole import Wish

    known = {block.name for block in config.sync} | {rule.name for rule in config.mark}
    for name in names:
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise ConfigError(f"no block is named {name!r}", hint=f"configured: {listed}")
    number = None
    if item is not None:
        from syncline_cli.show import resolve

        with store.reading() as db:
            number = int(resolve(db, item).removeprefix("i"))
    return Wish(frozenset(names), number, limit, approve)


def _connections(config: Config, wish: Wish) -> tuple[str, ...]:
    """Only what the blocks asked for need; all where none is named."""
    named = [name for block in config.sync if block.name in wish.only for name in block.between]
    named += [name for rule in config.mark if rule.name in wish.only for name in (*rule.from_, rule.to)]
    return tuple(name for name in config.connections if name in named)


def _answer(result: PullResult) -> dict[str, Any]:
    """The document of ``sync --json``."""
    from syncline.sync.planfile import document as plan_document

    found = answer(result)
    outcome = result.outcome
    if outcome is None:
        return found | {"operations": [], "conflicts": [], "blocked": []}
    planned = list(outcome.plans.values())
    plans = plan_document(planned, dict.fromkeys(outcome.plans, ""), _marks(list(outcome.marks.values())))
    failed = [
        {"connection": name, "stream": None, "error": str(error), "exit_code": exit_code(error)}
        for name, error in sorted(outcome.failed.items())
    ]
    return found | {
        "problems": [*found["problems"], *failed],
        "operations": outcome.written,
        "conflicts": [one for one in outcome.waiting if one["kind"] == "conflict"],
        "blocked": [one for one in outcome.waiting if one["kind"] == "blocked"],
        "created": outcome.created,
        "in_doubt": outcome.in_doubt,
        "new": [what.replace("{}", label) for what, label in outcome.news],
        "refused": outcome.refused,
        "plans": plans["blocks"],
        "marks": plans["marks"],
    }


def _marks(plans: list[MarkPlan]) -> list[dict[str, Any]]:
    """The documents of blocks that mark; most companies have none."""
    if not plans:
        return []
    from syncline.sync.marking import document as mark_document

    return [mark_document(one) for one in plans]


def _mark_lines(plans: list[MarkPlan]) -> Iterator[str]:
    if plans:
        from syncline.sync.marking import lines

        for one in plans:
            yield from lines(one)


def _tell_outcome(session: Session, result: PullResult) -> None:
    from syncline.sync.planfile import lines

    outcome = result.outcome
    if outcome is None:
        return
    if not session.json:
        for plan in outcome.plans.values():
            for line in lines(plan):
                note(session, line)
        for line in _mark_lines(list(outcome.marks.values())):
            note(session, line)
        if outcome.written:
            note(session, f"{number_of(len(outcome.written), 'write')} done")
    for line in grouped(outcome.news):
        warn(session, line)
    for name, error in sorted(outcome.failed.items()):
        warn(session, f"{name}: {error}")
    for name, reasons in sorted(outcome.refused.items()):
        counts = (outcome.marks[name] if name in outcome.marks else outcome.plans[name]).counts
        total = counts.creates + counts.updates + counts.removals
        warn(
            session,
            f"{name}: nothing was written: {'; '.join(reasons)} — look with `syncline plan {name}`, then "
            f"`syncline sync {name} --approve {total}`",
        )


FEW = 5


def grouped(news: list[tuple[str, str]]) -> list[str]:
    """What is new, a line each; where many say the same, the first few and how many more."""
    kinds: dict[str, list[str]] = {}
    for what, label in news:
        kinds.setdefault(what, []).append(label)
    lines = []
    for what, labels in kinds.items():
        lines += [what.replace("{}", label) for label in labels[:FEW]]
        if len(labels) > FEW:
            lines.append(
                f"{what.replace('{}', f'{len(labels) - FEW} more')} — `syncline conflicts` lists them"
            )
    return lines


# ---- plans ---------------------------------------------------------------------------------------------------------


@click.command()
@with_session
@click.argument("names", nargs=-1, metavar="[NAME]...")
@ITEM
@LIMIT
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan.")
@click.option("--exit-code", "by_code", is_flag=True, help="Exit with 6 where anything would be written.")
def plan(
    session: Session,
    names: tuple[str, ...],
    item: str | None,
    limit: int | None,
    output: Path | None,
    by_code: bool,
) -> int:
    """Show what a sync would do with what the database knows now; nothing is asked and nothing is written."""
    from syncline.sync.planfile import document as plan_document
    from syncline.sync.planfile import lines
    from syncline.sync.whole import plan as plan_all
    from syncline.sync.whole import plan_marks

    with session.store() as (config, store):
        wish = _wish(config, store, names, item, limit, None)
        plans, fingerprints = plan_all(config, store, wish, redactor=session.redactor)
        marks = plan_marks(config, store, wish, redactor=session.redactor)
    whole = plan_document(plans, fingerprints, _marks(marks))
    if output is not None:
        _save(output, whole)
    if session.json:
        document(session, whole)
    else:
        for one in plans:
            for line in lines(one):
                say(line)
        for line in _mark_lines(marks):
            say(line)
        if not plans and not marks:
            say("No block is configured, or all are paused.")
    differs = any(not one.empty for one in plans) or any(one.marks for one in marks)
    return DIFFERENCES if by_code and differs else 0


def _save(output: Path, whole: dict[str, Any]) -> None:
    from syncline.errors import ConfigError

    try:
        output.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{output} cannot be written: {error.strerror}") from None


@click.command()
@with_session
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--approve", is_flag=True, help="Also where a guard refuses the plan.")
def apply(session: Session, file: Path, approve: bool) -> int:
    """Carry out a plan that `syncline plan -o FILE` saved: exactly, or nothing of it.

    It is refused where the configuration or a record changed since.
    """
    refuse_second_run(session)
    from syncline.sync.whole import apply as apply_plan

    saved = _read(file)
    with session.store() as (config, store), stoppable() as stop:
        result = apply_plan(config, store, saved, approve=approve, redactor=session.redactor, stop=stop)
    if session.json:
        document(session, _answer(result))
    elif result.outcome is not None:
        note(session, f"{number_of(len(result.outcome.written), 'write')} done")
    _tell_outcome(session, result)
    tell_stopped(session, result)
    return result.exit_code


def _read(file: Path) -> Any:
    from syncline.errors import ConfigError

    try:
        return json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise ConfigError(
            f"{file} is not a saved plan", hint="write one with `syncline plan -o FILE`"
        ) from None


@click.command()
@with_session
@click.argument("run", type=click.IntRange(min=1), metavar="RUN")
@click.option("--plan", "only_plan", is_flag=True, help="Only say what would be taken back.")
def undo(session: Session, run: int, only_plan: bool) -> int:
    """Take back what a run wrote: what stood there before stands there again, where nobody changed it since.

    Records that it made are put into the archive, marks in charts are deleted. RUN is a number of `syncline log`.
    """
    refuse_second_run(session)
    if only_plan:
        return _undo_plan(session, run)
    from syncline.sync.whole import undo as undo_run

    with session.store() as (config, store), stoppable() as stop:
        result, told = undo_run(config, store, run, redactor=session.redactor, stop=stop)
    if session.json:
        document(session, _answer(result) | {"undone": told.done, "left": told.left})
    else:
        for line in told.done:
            note(session, f"taken back: {line}")
        if not told.done:
            note(session, f"nothing of run {run} was taken back")
    for line in told.left:
        warn(session, f"left alone: {line}")
    tell_stopped(session, result)
    return result.exit_code


def _undo_plan(session: Session, run: int) -> int:
    from syncline.sync.undo import lines, steps

    with session.store() as (_, store), store.reading() as db:
        found = list(lines(steps(db, run)))
    if session.json:
        document(session, found)
    for line in [] if session.json else found or [f"Run {run} wrote nothing."]:
        say(line)
    return 0


# ---- pausing -------------------------------------------------------------------------------------------------------


@click.command()
@with_session
@click.argument("name", metavar="NAME")
def pause(session: Session, name: str) -> None:
    """Let a block rest until `syncline resume NAME`: it is neither planned nor written."""
    _rest(session, name, resting=True)


@click.command()
@with_session
@click.argument("name", metavar="NAME")
def resume(session: Session, name: str) -> None:
    """Let a paused block go on: the next sync plans everything that it concerns."""
    _rest(session, name, resting=False)


def _rest(session: Session, name: str, *, resting: bool) -> None:
    from datetime import UTC, datetime

    from syncline.sync import byhand

    with session.store() as (config, store):
        _wish(config, store, (name,), None, None, None)
        with store.writing() as db:
            changed = byhand.pause(db, name, datetime.now(UTC)) if resting else byhand.resume(db, name)
    word = "paused" if resting else "going on"
    if session.json:
        document(session, {"block": name, "state": "paused" if resting else "active", "changed": changed})
    else:
        note(session, f"{name} is {word}" if changed else f"{name} was {word} already")
