"""Access logs of Caddy in JSON."""
