"""The options of commands that serve HTTP: where they listen, and who may ask."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]


def listening_options(server: str, default_port: int, *, tokens: str) -> Callable[[Command], Command]:
    """Add --host, --port and --token-file; the command gets `host`, `port` and `token_file`.

    `server` is in the names of the environment variables, `GATEMETER_SERVER_PORT`; `tokens` says what tokens are for.
    """

    def decorated(command: Command) -> Command:
        token_file = click.option(
            "--token-file",
            type=click.Path(path_type=Path, dir_okay=False),
            envvar="GATEMETER_TOKEN_FILE",
            help=f"{tokens} Without it only this machine may.",
        )
        port = click.option(
            "--port",
            type=click.IntRange(0, 65535),
            default=default_port,
            show_default=True,
            envvar=f"GATEMETER_{server}_PORT",
            help="Port to listen on; 0 takes any free one.",
        )
        host = click.option(
            "--host",
            default="127.0.0.1",
            show_default=True,
            envvar=f"GATEMETER_{server}_HOST",
            help="Address to listen on.",
        )
        return host(port(token_file(command)))

    return decorated
