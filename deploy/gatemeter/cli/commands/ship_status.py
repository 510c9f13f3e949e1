"""`gatemeter ship-status`: how far `gatemeter ship --follow` is."""

from pathlib import Path

import click

from gatemeter.cli.output import ResultForm, json_form_options, output
from gatemeter.logfiles.blocks import check_readable
from gatemeter.output.records import Record
from gatemeter.shipping.checkpoint import Checkpoint, FilePosition

_COLUMNS = ("path", "lines", "bytes", "bytes_behind", "source")


@click.command("ship-status", short_help="Show how far ship --follow is.")
@click.argument("checkpoint", metavar="FILE", type=click.Path(readable=False, path_type=Path))
@json_form_options
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
    try:
        status = Path(position.path).stat()
    except OSError:
        return None
    is_same = (status.st_dev, status.st_ino) == (position.device, position.inode)
    return max(0, status.st_size - position.offset) if is_same and position.offset else None
