"""What the HTTP servers of gatemeter share: limits for clients, tokens, and short answers to refused requests."""
