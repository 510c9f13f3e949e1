"""`gatemeter seal`: seal stored epochs, and export the heads of the seals."""

from collections.abc import Sequence
from pathlib import Path

import click

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.suggestions import SuggestingGroup
from gatemeter.clock import SystemClock
from gatemeter.errors import InputError
from gatemeter.output.text import count_of
from gatemeter.verification.seal_check import SealHead, stored_heads
from gatemeter.verification.seal_file import heads_text
from gatemeter.verification.seal_store import seal_epochs
from gatemeter.wiring.store import open_store


@click.group("seal", cls=SuggestingGroup, short_help="Seal what is stored, so that a changed row is found.")
def command() -> None:
    """Hashes over the rows of each epoch, chained through the epochs of its partition.

    Whoever keeps an exported file out of reach of the database can tell later, with gatemeter verify --seal FILE, that
    a row which was sealed is another one: also if all tables were changed to agree.
    """


@command.command("add", short_help="Seal the epochs that have no seal yet.")
@store_options
@click.option(
    "--costs", is_flag=True, help="Seal the costs of sealed epochs anew: they were computed again on purpose."
)
def add_command(data: Path | None, clickhouse: str | None, *, costs: bool) -> None:
    """Seal every epoch that has no seal yet, and the open epoch of each partition as far as it is counted.

    A seal that stands is not touched, so sealing again hides no change. With --costs the costs of sealed epochs are
    sealed as they are now, after gatemeter reprice; compare with older files before.
    """
    with open_store(data, clickhouse) as client:
        written = seal_epochs(client, SystemClock().now(), with_costs=costs)
    click.echo(f"{count_of(written, 'epoch')} sealed")


@command.command("export", short_help="Write the heads of the seals to a file that somebody else keeps.")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@store_options
def export_command(path: Path, data: Path | None, clickhouse: str | None) -> None:
    """Write the last seal of each log and partition to FILE, which must not exist: one JSON object a line.

    Keep the file where nobody who can write to the database can change it.
    """
    with open_store(data, clickhouse) as client:
        heads = stored_heads(client)
    if not heads:
        raise InputError("nothing is sealed here", do="run gatemeter seal add first")
    _write_new(path, heads)
    epochs = sum(head.epochs for head in heads)
    click.echo(f"{count_of(len(heads), 'head')} over {count_of(epochs, 'sealed epoch')} written to {path}")


def _write_new(path: Path, heads: Sequence[SealHead]) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(heads_text(heads))
    except FileExistsError as error:
        raise InputError("exists already", where=str(path), do="name a new file: an older one proves more") from error
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(path)) from error
