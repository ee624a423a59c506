"""Linear: issues, comments, projects, cycles and what hangs on them."""
