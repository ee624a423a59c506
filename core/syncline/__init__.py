"""Syncline keeps work that lives in several trackers in agreement, and reports on it from a database you own."""

__version__ = "0.1.0.dev0"
