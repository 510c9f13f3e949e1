"""One module a subcommand; each offers `command`, a click command or group."""
