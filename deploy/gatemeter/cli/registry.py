"""Which commands there are, where each one lives, and the examples that end its help."""

import importlib

import click

from gatemeter.cli.examples import counting, money, transport, usage

COMMANDS = {
    "up": "Run the embedded stack (Kafka, ClickHouse, workers) until Ctrl-C.",
    "meter": "Meter log files without a broker.",
    "ship": "Send log files to Kafka.",
    "ship-status": "Show how far ship --follow is.",
    "relay": "Re-pack and re-key a topic of single events.",
    "collect": "Take events over HTTP, and send them to Kafka.",
    "tokens": "Make, list and revoke the tokens of HTTP clients.",
    "worker": "Run one worker: from Kafka to ClickHouse.",
    "report": "License, billable, latency, model and tool reports.",
    "billable": "Keep what another system has counted: import, list, forget.",
    "query": "Ask for any metrics by any dimensions.",
    "serve": "Answer questions about usage over HTTP.",
    "top": "Watch requests, errors, cost and lag in the terminal.",
    "mcp": "Let an agent ask about usage (Model Context Protocol).",
    "inventory": "What gateways have configured, and what changed.",
    "decode": "Show how each event of a file is read.",
    "dead-letters": "List, show and replay events that could not be counted.",
    "settle": "Add usage up per day and month: answers come faster.",
    "verify": "Prove that the stored numbers are what was consumed.",
    "seal": "Seal what is stored, so that a changed row is found.",
    "rebuild": "Count a log again, into a fresh database.",
    "correct": "Retract events that were counted more than once.",
    "explain": "Walk from a number to its events, or say how an event was counted.",
    "prices": "The price book: what applies, checks, and its refresh.",
    "reprice": "Compute stored costs again with the present price book.",
    "plans": "The plans that accounts pay by: checks, list, differences.",
    "bill": "Rate what accounts used in a period by their plans.",
    "close": "Close a period: its bills never change again.",
    "statement": "List, show and check closed bills.",
    "budgets": "Budgets: what is used of them, and announcing crossings.",
    "reconcile": "Compare with a provider's bill, or a gateway's own counts.",
    "export": "A period as files, or for systems that bill.",
    "generate": "Write a month of synthetic traffic and the truth about it.",
    "migrate": "Create or update the ClickHouse tables.",
    "topics": "Create or check the Kafka topics.",
    "demo": "A month of traffic through the whole embedded stack.",
}

EXAMPLES = {**transport.EXAMPLES, **counting.EXAMPLES, **usage.EXAMPLES, **money.EXAMPLES}
"""Two lines for each command, by the words behind `gatemeter`; '' for `gatemeter` itself."""


def load_command(name: str) -> click.Command:
    """The command NAME, which lives in `gatemeter.cli.commands.NAME`, with `_` for `-`."""
    command: click.Command = importlib.import_module(f"gatemeter.cli.commands.{name.replace('-', '_')}").command
    return command


def examples_text(path: str) -> str:
    """The end of the help of `gatemeter PATH`, as click's epilog."""
    # \b keeps click from joining the lines.
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in EXAMPLES[path])])
