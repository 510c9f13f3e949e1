"""`gatemeter inventory poll`: ask gateways what they have configured, once or again and again."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click

from gatemeter.adminapi.client import AdminAddress, AdminClient
from gatemeter.adminapi.konnect import poll_konnect
from gatemeter.adminapi.self_managed import Asked, poll_gateway
from gatemeter.cli.commands.inventory.snapshot_output import say_sent
from gatemeter.cli.options.destination import Destination, destination_options
from gatemeter.cli.options.duration import Duration
from gatemeter.cli.options.secret_file import secret_in
from gatemeter.cli.options.tiers import tiers_option
from gatemeter.cli.output import say
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.clock import SystemClock
from gatemeter.embedded.end_signals import interrupt_once
from gatemeter.errors import GatemeterError, SettingsError
from gatemeter.inventory.plugin_tiers import PluginTiers
from gatemeter.inventory.snapshot import Snapshot

TOKEN_VARIABLE = "GATEMETER_ADMIN_TOKEN"  # noqa: S105 - its name


@dataclass(frozen=True, slots=True)
class _Question:
    """What to ask, and of whom; the token is read anew each time, for it may be changed."""

    admin_url: str | None
    konnect_url: str | None
    token_file: Path | None
    ca_file: Path | None
    control_planes: Sequence[str]
    workspaces: Sequence[str]
    tiers: PluginTiers
    credentials: bool

    def snapshots(self) -> Iterator[Snapshot]:
        clock, address = SystemClock(), self._address()
        with closing(AdminClient(address, clock=clock)) as client:
            if self.konnect_url is not None:
                yield from poll_konnect(client, self.control_planes, self.tiers, clock, credentials=self.credentials)
                return
            parts = urlsplit(address.url)
            name = next(iter(self.control_planes), parts.netloc)
            yield poll_gateway(client, Asked(name, self.workspaces, self.credentials), self.tiers, clock)

    def _address(self) -> AdminAddress:
        token = _token(self.token_file)
        if self.konnect_url is not None:
            return AdminAddress(self.konnect_url, token, "Authorization", "Bearer ", self.ca_file)
        return AdminAddress(str(self.admin_url), token, ca_file=self.ca_file)


@click.command("poll", short_help="Ask a gateway, once or again and again.")
@click.option(
    "--admin-url", metavar="URL", envvar="GATEMETER_ADMIN_URL", help="The Admin API of a gateway of your own."
)
@click.option(
    "--konnect-url",
    metavar="URL",
    envvar="GATEMETER_KONNECT_URL",
    help="Konnect's API, as in https://eu.api.konghq.com.",
)
@click.option(
    "--token-file",
    cls=TableOnlyOption,
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="GATEMETER_ADMIN_TOKEN_FILE",
    help=f"A file with the token to show; or {TOKEN_VARIABLE}.",
)
@click.option(
    "--ca-file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="GATEMETER_ADMIN_CA_FILE",
    help="PEM file of the authorities to trust, instead of the system's.",
)
@click.option(
    "--control-plane",
    "control_planes",
    cls=TableOnlyOption,
    multiple=True,
    metavar="NAME",
    help="What to call the gateway (default: its host and port); of Konnect, which ones to ask.",
)
@click.option(
    "--workspace", "workspaces", cls=TableOnlyOption, multiple=True, metavar="NAME", help="Only these workspaces."
)
@click.option(
    "--credentials",
    is_flag=True,
    help="Ask which keys and other credentials there are, too. The gateway's answers hold them; they are not kept.",
)
@click.option("--every", type=Duration(), metavar="TIME", help="Go on until Ctrl-C, and ask every 1h, say.")
@tiers_option
@destination_options
@click.option("--json", is_flag=True, help="What was sent, as a JSON list of objects.")
def poll_command(
    admin_url: str | None,
    konnect_url: str | None,
    token_file: Path | None,
    ca_file: Path | None,
    control_planes: Sequence[str],
    workspaces: Sequence[str],
    every: timedelta | None,
    tiers: PluginTiers,
    destination: Destination,
    *,
    credentials: bool,
    json: bool,
) -> None:
    """Ask a gateway for all it has configured, and send it as a snapshot.

    A snapshot is whole or it is not sent: when the gateway breaks off, refuses the token or changes too fast, the exit
    code is 10. What the token may not read is said, and stays unknown. Keys, passwords, settings of plugins and
    licenses are not kept.

    With --every a failure after the first snapshot is said on stderr, and the gateway asked again next time.
    """
    _check(admin_url, konnect_url, control_planes, workspaces, every)
    question = _Question(admin_url, konnect_url, token_file, ca_file, control_planes, workspaces, tiers, credentials)
    with interrupt_once():
        _poll(question, destination, json=json)
        if every is not None:
            with suppress(KeyboardInterrupt):
                while True:
                    time.sleep(every.total_seconds())
                    _poll_again(question, destination, json=json)


def _poll(question: _Question, destination: Destination, *, json: bool) -> None:
    """Where snapshots go to is opened once there is one: a directory's lock is not held while a gateway thinks."""
    sent = []
    for snapshot in question.snapshots():
        with destination() as send:
            send(snapshot)
        sent.append(snapshot)
        if not json:
            say_sent([snapshot], json=False)
    if json:
        say_sent(sent, json=True)


def _poll_again(question: _Question, destination: Destination, *, json: bool) -> None:
    try:
        _poll(question, destination, json=json)
    except GatemeterError as error:
        say(f"no snapshot this time: {error}")


def _check(
    admin_url: str | None,
    konnect_url: str | None,
    control_planes: Sequence[str],
    workspaces: Sequence[str],
    every: timedelta | None,
) -> None:
    if (admin_url is None) == (konnect_url is None):
        raise SettingsError("one gateway is to be asked", do="say either --admin-url URL or --konnect-url URL")
    if admin_url is not None and len(control_planes) > 1:
        raise SettingsError("a gateway has one name", where="--control-plane", do="give it once")
    if konnect_url is not None and workspaces:
        raise SettingsError("Konnect is asked for all workspaces", where="--workspace", do="leave it out")
    if every is not None and not every:
        raise SettingsError("no time lies between two polls", where="--every", do="give 1h, say")


def _token(path: Path | None) -> str:
    """The token in a file, or in the environment; '' for a gateway that asks for none."""
    if path is None:
        return os.environ.get(TOKEN_VARIABLE, "").strip()
    return secret_in(path, "token")
