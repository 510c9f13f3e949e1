"""`gatemeter ship-status`: how far `gatemeter ship --follow` is."""

from contextlib import closing
from pathlib import Path

import click

from gatemeter.cli.output import ResultForm, form_options, output
from gatemeter.errors import InputError
from gatemeter.logfiles.blocks import check_readable
from gatemeter.logfiles.fingerprint import Resemblance
from gatemeter.logfiles.tail import TailedFile
from gatemeter.output.records import Record
from gatemeter.shipping.checkpoint import Checkpoint, FilePosition

_COLUMNS = ("path", "lines", "bytes", "bytes_behind", "source")


@click.command("ship-status", short_help="Show how far ship --follow is.")
@click.argument("checkpoint", metavar="FILE", type=click.Path(readable=False, path_type=Path))
@form_options
def command(checkpoint: Path, *, form: ResultForm) -> None:
    """Show how far the files of the checkpoint FILE are shipped and acknowledged.

    The bytes are null for a file that was only read compressed. What is behind is null where the file does not lie
    there any more.
    """
    check_readable(checkpoint)
    output([_status(position) for position in Checkpoint(checkpoint).load()], _COLUMNS, form)


def _status(position: FilePosition) -> Record:
    return {
        "path": position.path,
        "lines": position.lines,
        "bytes": position.offset or None,
        "bytes_behind": _bytes_behind(position),
        "source": position.source,
    }


def _bytes_behind(position: FilePosition) -> int | None:
    """None where the file is not there any more: another one may have taken its name, or even its inode."""
    try:
        tail = TailedFile(Path(position.path))
    except InputError:
        return None
    with closing(tail):
        size_bytes = tail.size_bytes
        resemblance = position.fingerprint.resemblance(tail.read_at, size_bytes)
        is_same = resemblance is Resemblance.SAME and (tail.device, tail.inode) == (position.device, position.inode)
    return max(0, size_bytes - position.offset) if is_same and position.offset else None
