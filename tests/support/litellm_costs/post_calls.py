"""Runs beside LiteLLM: calls with mocked answers, and the body that its callback `generic_api` posts for them.

It prints an array of StandardLoggingPayloads, without the price map's entry and the traces of errors.
"""

import asyncio
import json
import os
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from threading import Thread

import litellm
from litellm.integrations.generic_api.generic_api_callback import GenericAPILogger

POSTS: list[bytes] = []
METADATA = {
    "user_api_key_hash": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
    "user_api_key_alias": "orders-key",
    "user_api_key_team_id": "t-7",
    "user_api_key_team_alias": "blue",
    "user_api_key_org_id": "o-1",
    "user_api_key_user_id": "u-3",
}


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        POSTS.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


async def call(model: str, answer: object, **options: object) -> None:
    messages = [{"role": "user", "content": "s3cret question"}]
    with suppress(Exception):
        given = await litellm.acompletion(
            model=model, messages=messages, mock_response=answer, metadata=METADATA, **options
        )
        if options.get("stream"):
            async for _ in given:
                pass


async def make_calls() -> None:
    logger = GenericAPILogger()
    litellm.callbacks = [logger]
    details = {"cached_tokens": 600}
    cached = {"cache_read_input_tokens": 600, "cache_creation_input_tokens": 100, "prompt_tokens_details": details}
    usage = litellm.Usage(prompt_tokens=1000, completion_tokens=50, total_tokens=1050, **cached)
    claude = "claude-sonnet-4-5-20250929"
    await call("gpt-4o", "hello there", user="acme-end-user")
    await call(f"anthropic/{claude}", litellm.ModelResponse(model=claude, usage=usage))
    await call("gpt-4o", "litellm.RateLimitError")
    await call("gpt-4o", Exception("boom"))
    await call("gpt-4o", "hello streaming world", stream=True)
    if find_spec("fastapi") and find_spec("soundfile"):  # LiteLLM's cache needs them
        from litellm.caching.caching import Cache

        litellm.cache = Cache(type="local")
        for _ in range(2):
            await call("gpt-4o", "hello again", caching=True)
            await asyncio.sleep(1)
    await asyncio.sleep(2)
    await logger.flush_queue()
    await asyncio.sleep(1)


def main() -> None:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    os.environ["GENERIC_LOGGER_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}/"
    printed, sys.stdout = sys.stdout, sys.stderr
    asyncio.run(make_calls())
    payloads = [payload for post in POSTS for payload in json.loads(post)]
    for payload in payloads:
        payload["model_map_information"] = None
        payload["error_information"]["traceback"] = ""
    print(json.dumps(payloads), file=printed)


main()
