"""Standard output that is closed, full, or no longer read."""

import os
import sys

import click

from gatemeter.errors import ExitCode


def replace_closed_stdout() -> None:
    """Let writing fail where stdout is closed, instead of being without effect."""
    if sys.stdout is None:
        # What cannot be written to is open for reading; the text stream around it does not ask.
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")


def end_after(error: OSError) -> ExitCode | None:
    """The exit code after `error`, which is said on stderr; None if stdout is not its cause.

    A reader that had enough (head) is not worth a word.
    """
    if error.filename is not None or not _is_broken():
        return None
    # What is still to be written would fail again when the process ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return ExitCode.OK
    click.echo(f"gatemeter: stdout: cannot be written: {error.strerror}; send the output somewhere else", err=True)
    return ExitCode.USAGE


def _is_broken() -> bool:
    # Only another write can tell: without a buffer nothing is left that flushing would write.
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError:
        return True
    return False
