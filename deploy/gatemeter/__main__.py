"""The `gatemeter` command: imports the command line so that Ctrl-C meanwhile ends in order."""

import sys

_INTERRUPTED = 130
"""`ExitCode.INTERRUPTED`, which is not imported yet."""


def main() -> None:
    """Run the command line and end the process with a documented exit code."""
    try:
        from gatemeter.cli.main import main as run_command_line

        run_command_line()
    except KeyboardInterrupt:
        sys.stderr.write("gatemeter: interrupted\n")
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
