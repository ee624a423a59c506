"""One file a schema version. Until the first tagged release 0001 is edited in place."""
