"""The lenses of the roadmap page: one set of entries, looked at in different ways."""
