"""What all tests share: property tests draw the same examples in every run, so that a green suite stays green.

``HYPOTHESIS_PROFILE=explore`` draws new ones, which is how new bugs are looked for.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("suite", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
