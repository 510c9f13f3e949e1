"""`gatemeter tokens`: make, list and revoke the tokens of HTTP clients."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.errors import InputError, SettingsError
from gatemeter.formats.registry import format_names
from gatemeter.httpserver.tokens import Role, Token, TokenFile, hash_of, new_secret
from gatemeter.output.records import json_text


def _file_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        default="gatemeter-tokens.jsonl",
        show_default=True,
        envvar="GATEMETER_TOKEN_FILE",
        help="Where tokens are kept, by their hashes.",
    )(command)


@click.group("tokens")
def command() -> None:
    """Make, list and revoke the tokens of HTTP clients."""


@command.command("create")
@_file_option
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What it is for.")
@click.option("--name", help="How it is listed and revoked.  [default: any free one]")
@click.option("--format", "formats", multiple=True, type=click.Choice(format_names()), help="Limit it to a format.")
@click.option("--source", help="Limit it to one gateway: all that it sends is said to be of this one.")
@click.option("--events-per-s", type=click.FloatRange(min=0, min_open=True), help="How much it may send.")
@click.option("--consumer", "consumers", cls=TableOnlyOption, multiple=True, help="Limit it to numbers of a consumer.")
@click.option("--workspace", "workspaces", multiple=True, help="Limit it to numbers of a workspace.")
def create(token_file: Path, role: str, name: str | None, **limits: Any) -> None:
    """Make a token and print it, once: only its hash is kept."""
    secret = new_secret()
    try:
        token = Token(name=name or f"{role}-{secrets.token_hex(4)}", role=Role(role), sha256=hash_of(secret), **limits)
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(
            f"it is not a token's {first['loc'][0]}: {first['msg']}", where=f"--{first['loc'][0]}"
        ) from None
    TokenFile(token_file).add(token)
    click.echo(secret)
    click.echo(f"token {token.name} is in {token_file}", err=True)


@command.command("list")
@_file_option
@click.option("--json", is_flag=True, help="As JSON.")
def list_(token_file: Path, *, json: bool) -> None:
    """List the tokens with what they are limited to."""
    if not token_file.exists():
        raise InputError(
            "there is no such file, so there are no tokens",
            where=str(token_file),
            do="make one: gatemeter tokens create",
        )
    tokens = [each.model_dump(mode="json", exclude={"sha256"}) for each in TokenFile(token_file).tokens()]
    if json:
        click.echo(json_text({"tokens": tokens}), nl=False)
        return
    for token in tokens:
        limits = [f"{key}={value}" for key, value in token.items() if value and key not in ("name", "role")]
        click.echo(" ".join([token["name"], token["role"], *limits]))


@command.command("revoke")
@_file_option
@click.argument("name")
def revoke(token_file: Path, name: str) -> None:
    """Forget a token: from now on it is refused."""
    TokenFile(token_file).revoke(name)
    click.echo(f"token {name} is revoked")
