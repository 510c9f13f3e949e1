"""`gatemeter serve`: an HTTP API over the stored numbers."""

from functools import partial
from pathlib import Path

import click

from gatemeter.cli.options.budgets import optional_budget_options
from gatemeter.cli.options.connections import kafka_option, store_options, topic_option
from gatemeter.cli.options.listening import listening_options
from gatemeter.httpserver.listening import check_exposure, listen, url_of
from gatemeter.wiring.store import read_store_opener
from gatemeter.wiring.topic_lag import open_lag

DEFAULT_PORT = 8687


@click.command("serve", short_help="Answer questions about usage over HTTP.")
@store_options
@kafka_option(is_required=False)
@topic_option("The topic whose lag is told.")
@optional_budget_options
@listening_options("API", DEFAULT_PORT, tokens="Tokens that may ask (gatemeter tokens create --role read).")
def command(
    data: Path | None,
    clickhouse: str | None,
    *,
    kafka: str | None,
    topic: str,
    budgets: Path | None,
    plans: Path | None,
    host: str,
    port: int,
    token_file: Path | None,
) -> None:
    """Answer questions about usage over HTTP, until SIGTERM or Ctrl-C.

    POST /api/v1/query takes what gatemeter query takes, as JSON; /billable and /license/report are the reports, and
    /openapi.json tells the rest. A token that is limited to consumers or workspaces sees nothing else. A directory on
    which no gatemeter up runs is held meanwhile: nothing is metered into it. How many messages wait needs Kafka: that
    of a gatemeter up on --data, or --kafka. With --budgets, GET /api/v1/entitlements/CONSUMER tells gateways
    what is left.

    Prints the address that it listens on.
    """
    from gatemeter.api.server import serve
    from gatemeter.dashboard.routes import dashboard_routes
    from gatemeter.wiring.budgets import entitlement_refresh

    entitlements = None if budgets is None else entitlement_refresh(budgets, plans)
    check_exposure(host, token_file, danger="read the numbers", role="read")
    with listen(host, port) as listener:
        url = url_of(host, listener)
        serve(
            listener,
            read_store_opener(data, clickhouse),
            token_file=token_file,
            on_listening=lambda: click.echo(f"Dashboard: {url}/\nAPI: {url}"),
            pages=dashboard_routes(),
            open_lag=partial(open_lag, data, kafka, topic),
            entitlements=entitlements,
        )
