"""Access logs of Envoy: JSON of a `json_format`, and lines in its default text format."""
