"""Runs beside LiteLLM: calls with mocked answers, posted to a collector by the callback of a config.yaml.

Arguments: the endpoint, its headers as JSON, and how many calls. Prints nothing.
"""

import asyncio
import json
import sys

import litellm
from litellm.integrations.generic_api.generic_api_callback import GenericAPILogger

CALLERS = 5
"""Call number N is made by the key `key-R`, for the end user `user-R`, where R is the rest of N / 5."""


async def make_call(number: int) -> None:
    caller = number % CALLERS
    usage = litellm.Usage(prompt_tokens=100 + caller, completion_tokens=10, total_tokens=110 + caller)
    await litellm.acompletion(
        model="gpt-4o",
        messages=[{"role": "user", "content": "s3cret question"}],
        mock_response=litellm.ModelResponse(model="gpt-4o", usage=usage),
        metadata={"user_api_key_hash": f"key-{caller}", "user_api_key_team_id": "blue"},
        user=f"user-{caller}",
    )


async def main() -> None:
    endpoint, headers, calls = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
    logger = GenericAPILogger(endpoint=endpoint, headers=headers)
    litellm.turn_off_message_logging = True
    litellm.callbacks = [logger]
    for number in range(calls):
        await make_call(number)
    await asyncio.sleep(2)  # what is logged is queued by tasks
    await logger.flush_queue()


asyncio.run(main())
