"""The `gatemeter` command."""
