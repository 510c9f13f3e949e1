"""`gatemeter seal`: seal stored epochs, and export the heads of the seals."""

import time
from collections.abc import Sequence
from pathlib import Path

import click

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.suggestions import SuggestingGroup
from gatemeter.clock import SystemClock
from gatemeter.errors import ExitCode, InputError
from gatemeter.escaping import escaped
from gatemeter.output.text import count_of
from gatemeter.verification.seal_file import SealHead, heads_text, stored_heads
from gatemeter.verification.sealing import Sealing, seal_epochs
from gatemeter.wiring.store import open_store

_NAMED_EPOCHS = 50


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
@click.pass_context
def add_command(ctx: click.Context, /, data: Path | None, clickhouse: str | None, *, costs: bool) -> None:
    """Seal every epoch that has no seal yet, and the open epoch of each partition as far as it is counted.

    A seal that stands is not touched, so sealing again hides no change. With --costs the costs of sealed epochs are
    sealed as they are now, after gatemeter reprice; compare with older files before.

    A seal stands for good. So everything is read twice, 5 seconds apart: an epoch whose rows do not hold still, or do
    not agree with its account, gets none and is named, and the exit code is 9.
    """
    with open_store(data, clickhouse) as client:
        sealing = seal_epochs(client, SystemClock().now(), with_costs=costs, pause=time.sleep)
    click.echo(f"{count_of(sealing.written, 'epoch')} sealed")
    _echo_left_out(sealing)
    if sealing.left_out:
        ctx.exit(ExitCode.DIFFERENCE)


def _echo_left_out(sealing: Sealing) -> None:
    if sealing.growing:
        click.echo(f"not sealed: {count_of(sealing.growing, 'open epoch')} that a worker counts into now", err=True)
    for each in sealing.left_out[:_NAMED_EPOCHS]:
        click.echo(escaped(str(each)), err=True)
    unnamed = len(sealing.left_out) - _NAMED_EPOCHS
    if unnamed > 0:
        click.echo(f"and {count_of(unnamed, 'more epoch')}", err=True)
    if sealing.left_out:
        click.echo("try again; what still is not sealed then, gatemeter verify explains", err=True)


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
