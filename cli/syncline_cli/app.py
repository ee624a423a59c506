"""The root command: global options, commands loaded when they are called, one place where everything ends."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from syncline_cli.failures import INTERRUPTED, report_failure
from syncline_cli.session import Session, global_options

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("syncline_cli.init", "Write a first configuration and create the database."),
    "demo": ("syncline_cli.demo", "Show everything on a simulated company; needs no account."),
    "config": ("syncline_cli.config", "Look at the configuration."),
    "doctor": ("syncline_cli.doctor", "Check credentials, permissions and mappings of every connection."),
    "map": ("syncline_cli.doctor", "Print status rows for a sync block, to be checked and pasted."),
    "sync": ("syncline_cli.sync", "Bring everything up to date; the command for cron."),
    "pull": ("syncline_cli.pull", "Read what changed in the connected tools."),
    "people": ("syncline_cli.people", "Show who has which account, and whose nobody knows."),
    "plan": ("syncline_cli.sync", "Show what a sync would do with what is known now."),
    "apply": ("syncline_cli.sync", "Carry out a saved plan, exactly or not at all."),
    "undo": ("syncline_cli.sync", "Take back what a run wrote."),
    "pause": ("syncline_cli.sync", "Let a sync block rest."),
    "resume": ("syncline_cli.sync", "Let a paused sync block go on."),
    "status": ("syncline_cli.status", "Show how fresh the data is and what needs a person."),
    "items": ("syncline_cli.items", "List items."),
    "show": ("syncline_cli.show", "Show one item in full."),
    "explain": ("syncline_cli.inbox", "Say why a field of an item holds what it holds."),
    "conflicts": ("syncline_cli.inbox", "List what waits for a person."),
    "resolve": ("syncline_cli.inbox", "Decide a conflict."),
    "link": ("syncline_cli.links", "Say that two records are one piece of work."),
    "unlink": ("syncline_cli.links", "Take a record out of its group."),
    "suggest": ("syncline_cli.links", "List records that may belong together."),
    "log": ("syncline_cli.log", "List runs, and what one of them changed."),
    "report": ("syncline_cli.report", "Write reports, and look at those that were written."),
    "alerts": ("syncline_cli.alerts", "Show where each alert stands."),
    "connector": ("syncline_cli.connector", "Look at the installed connectors."),
    "db": ("syncline_cli.db", "Keep the database: check, backup, restore, upgrade."),
}
"""Name to module and one line of help, so that the list needs no command to be imported."""

NOT_BUILT = ("sim", "person", "import", "export", "serve", "worker")
"""Commands that later parts of Syncline bring."""

BROKEN_PIPE = 141


class LazyGroup(click.Group):
    """Imports a command's module only when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = getattr(import_module(COMMANDS[name][0]), name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] in NOT_BUILT:
            raise click.UsageError(f"the command {args[0]!r} is not built yet", ctx=ctx)
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.NoSuchCommand(args[0], possibilities=_near(args[0]), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _near(word: str) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(word, COMMANDS)


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from syncline import __version__

        click.echo(f"syncline {__version__}")
        ctx.exit()


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version."
)
@global_options
def cli() -> None:
    """Keep work that lives in several trackers in agreement, and report on it from a database you own.

    The configuration is the file named by --config, else by SYNCLINE_CONFIG, else ./syncline.toml, else
    syncline.toml in the user's configuration folder.

    \b
    Exit codes: 0 done; 1 unexpected, or the database cannot be used; 2 usage or configuration;
    3 done, and something new needs a person; 4 a tool failed, or the run was told to end: the rest was done;
    5 a guard refused a plan; 6 differences, where they were asked for; 75 another run is at work; 130 interrupted.
    """


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Reads ``sys.argv`` unless given arguments."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _prepare_process()
    session = Session(json="--json" in arguments)
    try:
        code = _run_command(session, arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
        return BROKEN_PIPE
    finally:
        session.close()
    return code


def _run_command(session: Session, arguments: list[str]) -> int:
    try:
        code = cli.main(args=arguments, prog_name="syncline", standalone_mode=False, obj=session)
        return code if isinstance(code, int) else 0
    except BrokenPipeError:
        raise
    except SystemExit:  # click's own way out when the reader of our output has left
        raise BrokenPipeError from None
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # the one place where every error ends, so that nobody meets a traceback
        return report_failure(session, error)


def _prepare_process() -> None:
    """No file of ours may be written by others, and no character may be unprintable here."""
    os.umask(os.umask(0o077) | 0o022)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _silence_stdout() -> None:
    """Let the interpreter's last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
