"""`gatemeter collect`: an HTTP server for gateways that post their events."""

from pathlib import Path

import click

from gatemeter.cli.options.connections import kafka_option, topic_option
from gatemeter.cli.options.listening import listening_options
from gatemeter.cli.options.metering import mapping_option
from gatemeter.cli.options.slimming import slimming_options
from gatemeter.collector.limits import CollectorLimits
from gatemeter.httpserver.authentication import TOKEN_HEADER
from gatemeter.httpserver.listening import check_exposure, listen, url_of
from gatemeter.shipping.slim_line import SlimLine

DEFAULT_PORT = 8686


@click.command("collect", short_help="Take events over HTTP, and send them to Kafka.")
@kafka_option()
@topic_option("Where to.")
@listening_options("COLLECTOR", DEFAULT_PORT, tokens="Tokens that may send (gatemeter tokens create).")
@click.option(
    "--token-header",
    default=TOKEN_HEADER,
    show_default=True,
    envvar="GATEMETER_TOKEN_HEADER",
    help="A header that may hold the token, besides Bearer and the password of Basic.",
)
@click.option(
    "--answer-within",
    "answer_s",
    type=click.FloatRange(1, 60),
    default=CollectorLimits().answer_s,
    show_default=True,
    metavar="SECONDS",
    help="How long a request may wait for the brokers until it is answered with 503; what sends must wait longer.",
)
@mapping_option
@slimming_options
def command(
    kafka: str,
    topic: str,
    host: str,
    port: int,
    token_file: Path | None,
    token_header: str,
    answer_s: float,
    *,
    slim: SlimLine,
) -> None:
    """Take events over HTTP and send them to Kafka, until SIGTERM or Ctrl-C.

    A request is answered with 2xx once the brokers have acknowledged all of its events, else with 503 in time:
    send it again. Of an event what is metered is sent, without headers, query strings, bodies and addresses. One that
    cannot be counted is sent as it is: the worker makes a dead letter of it.

    Prints the address that it listens on.
    """
    from gatemeter.collector.server import serve

    check_exposure(host, token_file, danger="send events", role="ingest")
    with listen(host, port) as listener:
        url = url_of(host, listener)
        serve(
            listener,
            kafka,
            topic,
            token_file=token_file,
            token_header=token_header,
            slim=slim,
            limits=CollectorLimits(answer_s=answer_s),
            on_listening=lambda: _say_where(url),
        )


def _say_where(url: str) -> None:
    from gatemeter.collector.urls import urls_to_paste

    click.echo(f"Collector: {url}")
    click.echo(f"What to give a gateway:\n{urls_to_paste(url)}", err=True)
