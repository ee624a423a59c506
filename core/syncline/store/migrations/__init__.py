"""Migrations of the database, run by `syncline.store.upgrade` alone."""
