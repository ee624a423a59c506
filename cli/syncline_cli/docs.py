"""``python -m syncline_cli.docs --write|--check``: docs/cli.md from the commands' own help, docs/connectors.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from syncline_cli import matrix
from syncline_cli.app import cli
from syncline_cli.session import Session

PATH = Path("docs/cli.md")
HEAD = """<!-- Made by `python -m syncline_cli.docs --write`; edit the commands' help instead. -->

# Command line

The global options `--config`, `--json`, `-q` and `-v` may stand before or after the command.
"""


def walk(command: click.Command, ctx: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """A command and everything below it, in the order of its help."""
    yield command, ctx
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            assert below is not None
            yield from walk(below, click.Context(below, info_name=name, parent=ctx))


def commands() -> Iterator[tuple[click.Command, click.Context]]:
    """Every command there is, the root first."""
    root = click.Context(
        cli,
        info_name="syncline",
        obj=Session(),
        terminal_width=100,
        max_content_width=100,
        help_option_names=["-h", "--help"],
    )
    return walk(cli, root)


def render() -> str:
    """The text of docs/cli.md."""
    parts = [HEAD]
    for command, ctx in commands():
        ctx.terminal_width = ctx.max_content_width = 100
        parts.append(f"\n## {ctx.command_path}\n\n```text\n{command.get_help(ctx)}\n```\n")
    return "".join(parts)


def main(arguments: list[str]) -> int:
    """Write the files, or say whether they are what they must be."""
    texts = {PATH: render, matrix.PATH: matrix.render}
    if arguments == ["--write"]:
        for path, text in texts.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text(), encoding="utf-8")
        return 0
    if arguments != ["--check"]:
        click.echo("usage: python -m syncline_cli.docs --write | --check", err=True)
        return 2
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text("utf-8") != text()]
    for path in stale:
        click.echo(f"{path} is out of date: run `python -m syncline_cli.docs --write`", err=True)
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
