"""Reading logs again: to recount or rebuild what is stored, and to look up single events."""
