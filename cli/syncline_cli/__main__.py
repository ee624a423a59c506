"""``python -m syncline_cli``."""

from __future__ import annotations

from syncline_cli import main

main()
