"""Reading Kong's log events: the fast decoder for the common shape, the tolerant one for all others."""
