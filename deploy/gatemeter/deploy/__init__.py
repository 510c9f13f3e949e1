"""The `gatemeter` command, the wiring of all stages, and the embedded stack."""
