"""Log files as blocks of bytes and as numbered lines."""
