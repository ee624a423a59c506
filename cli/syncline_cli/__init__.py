"""The command line: parse, call, print. Nothing here decides anything that the library should decide."""

from __future__ import annotations


def main() -> None:
    """The console script ``syncline``."""
    from syncline_cli.app import run

    raise SystemExit(run())
