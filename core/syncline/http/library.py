"""The HTTP library, without its own command line.

Where click and rich are installed, as with Syncline, ``import httpx`` also loads the ``httpx`` command and with it
rich's terminal and pygments: 40 ms of every start. httpx goes without where that module is missing.
"""

from __future__ import annotations

import sys
from typing import Any

_COMMAND = "httpx._main"
_modules: dict[str, Any] = sys.modules

if "httpx" in _modules:
    import httpx
else:
    _modules[_COMMAND] = None  # an import of it now raises ImportError
    try:
        import httpx
    finally:
        del _modules[_COMMAND]

__all__ = ["httpx"]
