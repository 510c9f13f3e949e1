"""Access logs as OTLP log records: from Kong, Envoy, Traefik, and any sender of semantic conventions."""
