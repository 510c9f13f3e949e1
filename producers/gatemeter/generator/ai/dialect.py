"""How the versions of the gateway log a call to a language model, and how they print numbers."""

from dataclasses import dataclass

import msgspec

from gatemeter.generator.rng import Weighted


def number_text(value: float) -> str:
    """`value` with 14 significant digits, as the log plugins print it: 4.68e-05, 30.142857142857, 17."""
    return f"{value:.14g}"


def json_number(value: float) -> msgspec.Raw:
    """`number_text` as a JSON value."""
    return msgspec.Raw(number_text(value).encode())


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a gateway version logs.

    `plugin` is the key under `ai` of the proxy plugin's call, '' where the call is `ai` itself. `measures`: costs,
    latencies and the cache are logged (from 3.8). `zero_cost`: a model without prices has a cost of 0 instead of none
    (from 3.9). `floors_pace`: the time per token is a whole number (up to 3.8). `details`: token classes, the mode and
    the time to the first token are logged (from 3.12).
    """

    plugin: str
    prompt_key: str = "prompt_tokens"
    completion_key: str = "completion_tokens"
    measures: bool = True
    zero_cost: bool = True
    floors_pace: bool = False
    details: bool = False


KONG_3_6 = Dialect("", measures=False)
KONG_3_7 = Dialect("ai-proxy", "prompt_token", "completion_token", measures=False)
KONG_3_8 = Dialect("ai-proxy", zero_cost=False, floors_pace=True)
KONG_3_9 = Dialect("proxy")
KONG_3_12 = Dialect("proxy", details=True)

ALL_DIALECTS = Weighted(((KONG_3_6, 2), (KONG_3_7, 2), (KONG_3_8, 3), (KONG_3_9, 8), (KONG_3_12, 9)))
PER_PLUGIN_DIALECTS = Weighted(((KONG_3_7, 1), (KONG_3_8, 2), (KONG_3_9, 5), (KONG_3_12, 6)))
"""The dialects that keep the calls of several plugins apart."""
