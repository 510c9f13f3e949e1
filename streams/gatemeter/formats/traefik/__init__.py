"""Access logs of Traefik in JSON."""
