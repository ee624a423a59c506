"""The command line: parse, call, print. Nothing here decides anything that the library should decide."""

from __future__ import annotations

import gc
import os

YOUNG = 200_000
"""Objects made before the collector looks for cycles: at the usual 700 it took 7 % of a pull, and found none."""


def main() -> None:
    """The console script ``syncline``."""
    gc.set_threshold(YOUNG, 20, 20)
    # no code runs that the configuration does not name, and looking for plug-ins of pydantic costs 30 ms
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from syncline_cli.app import run

    code = run()
    gc.freeze()  # or the interpreter looks for cycles in all that was loaded before it ends: a tenth of a second
    raise SystemExit(code)
