"""Runs in LiteLLM's environment, not in that of the tests: what usages cost by LiteLLM's own calculation.

    python calculate.py UNIX_SECOND <requests.json >answers.json

A request has `provider`, `names` (of the model, the first that LiteLLM knows counts), `usage` (LiteLLM's object),
`is_batch`, and `prices` (an entry of LiteLLM's price map, or null). An answer has `by_map` and `by_prices`: amounts in
US dollars as text, null where the price map has no such model or the request no prices.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import litellm
from litellm._internal_context import pinned_billing_time
from litellm.types.utils import ModelResponse, Usage


def answer(number: int, request: dict[str, Any]) -> dict[str, str | None]:
    provider, prices = request["provider"], request["prices"]
    known = next((name for name in request["names"] if is_known(provider, name)), None)
    by_map = None if known is None else cost(request, known)
    if prices is None:
        return {"by_map": by_map, "by_prices": None}
    name = f"{provider}/drawn-usage-{number}"
    litellm.register_model({name: {"litellm_provider": provider, "mode": "chat"} | prices})
    return {"by_map": by_map, "by_prices": cost(request, name)}


def is_known(provider: str, name: str) -> bool:
    """Whether the price map has the model. For others LiteLLM makes entries up, which cost nothing."""
    try:
        key = litellm.get_model_info(model=name, custom_llm_provider=provider)["key"]
    except Exception:  # noqa: BLE001 - LiteLLM raises a plain Exception
        return False
    return key in litellm.model_cost


def cost(request: dict[str, Any], model: str) -> str:
    response = ModelResponse(model=model, usage=Usage(**request["usage"]))
    amount = litellm.completion_cost(
        completion_response=response,
        model=model,
        custom_llm_provider=request["provider"],
        call_type="retrieve_batch" if request["is_batch"] else "completion",
    )
    return repr(amount)


if __name__ == "__main__":
    with pinned_billing_time(datetime.fromtimestamp(int(sys.argv[1]), UTC)):
        answers = [answer(number, request) for number, request in enumerate(json.load(sys.stdin))]
    json.dump(answers, sys.stdout)
