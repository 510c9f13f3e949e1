"""`gatemeter mcp`: an agent asks about usage, over stdin and stdout."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import click

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.errors import InstallError, SettingsError
from gatemeter.mcp.rights import AllowedNow, rows_of_token
from gatemeter.reports.usage_parameters import AllowedRows
from gatemeter.wiring.store import read_store_opener


@click.command("mcp", short_help="Let an agent ask about usage (Model Context Protocol).")
@store_options
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="GATEMETER_TOKEN_FILE",
    help="Where the token is kept (gatemeter tokens create --role read).",
)
@click.option(
    "--token", envvar="GATEMETER_TOKEN", help="Whose numbers the agent sees; give it in the environment, not as a flag."
)
@click.option("--consumer", "consumers", cls=TableOnlyOption, multiple=True, help="Only usage of this consumer.")
@click.option("--workspace", "workspaces", cls=TableOnlyOption, multiple=True, help="Only usage of this workspace.")
def command(
    data: Path | None,
    clickhouse: str | None,
    *,
    token_file: Path | None,
    token: str | None,
    consumers: Sequence[str],
    workspaces: Sequence[str],
) -> None:
    """Answer an agent's questions about usage, over stdin and stdout, until stdin ends.

    The program of the agent starts it; see docs/mcp.md. It only reads. Limited to consumers or workspaces, by flags or
    by a token, it tells of nothing else. A directory on which no gatemeter up runs is held meanwhile: nothing is
    metered into it.
    """
    if importlib.util.find_spec("mcp") is None:
        raise InstallError("the MCP SDK is not installed", do="pip install 'gatemeter[mcp]'")
    from gatemeter.mcp.server import serve_stdio

    allowed = _allowed(token_file, token, AllowedRows(consumers, workspaces))
    allowed()
    serve_stdio(read_store_opener(data, clickhouse), allowed)


def _allowed(token_file: Path | None, token: str | None, rows: AllowedRows) -> AllowedNow:
    if token_file is None and token is None:
        return lambda: rows
    if token_file is None or token is None:
        raise SettingsError("a token and its file belong together", do="give --token-file, and GATEMETER_TOKEN")
    if not rows.is_all:
        raise SettingsError("a token is given beside --consumer or --workspace", do="give one of them")
    return rows_of_token(token_file, token)
