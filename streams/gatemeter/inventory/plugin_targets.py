"""What a plugin calls beside the upstream, as hashes: a license report counts distinct functions and brokers.

Names of functions and addresses of brokers are settings of a plugin, and settings stay in the gateway. A hash tells two
targets apart, and says of a target that somebody knows already whether it is in use.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

LAMBDA_PLUGINS = frozenset({"aws-lambda"})
"""Their targets are names of functions."""

KAFKA_PLUGINS = frozenset({"kafka-upstream", "kafka-log", "kafka-consume", "confluent", "confluent-consume"})
"""Their targets are brokers as HOST:PORT."""


def target_hashes(plugin: str, config: object) -> tuple[str, ...]:
    """The hashes of a plugin's targets, each once and sorted; empty for other plugins, and where none is told."""
    if not isinstance(config, Mapping):
        return ()
    return tuple(sorted({target_hash(target) for target in _targets(plugin, config)}))


def target_hash(target: str) -> str:
    """The hash of the name of a function, or of HOST:PORT."""
    return sha256(b"gatemeter plugin target\n" + target.encode()).hexdigest()[:16]


def _targets(plugin: str, config: Mapping[str, Any]) -> Iterator[str]:
    if plugin in LAMBDA_PLUGINS and isinstance(name := config.get("function_name"), str) and name:
        yield name
    brokers = config.get("bootstrap_servers") if plugin in KAFKA_PLUGINS else None
    for broker in brokers if isinstance(brokers, list) else ():
        if isinstance(broker, Mapping) and broker.get("host"):
            yield f"{broker['host']}:{broker.get('port', '')}"
