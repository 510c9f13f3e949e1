"""Where LiteLLM's price map and the packaged books have other prices, and why."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("differences.toml")


@dataclass(frozen=True)
class PriceDifference:
    """A `kind` of difference as docs/pricing.md names it, and the drawn usages (`DrawnUsage.text`) that have it."""

    kind: str
    source: str
    usages: frozenset[str]


PRICE_DIFFERENCES = [
    PriceDifference(each["kind"], each["source"], frozenset(each["usages"]))
    for each in tomllib.loads(_FILE.read_text(encoding="utf-8"))["differences"]
]
