"""Secrets in every place of an event where nobody meters anything."""

import json
from typing import Any

SECRET = b"s3cr3t"
SECRETS = {
    "authorization": "Bearer s3cr3t",
    "cookie": "sid=s3cr3t",
    "client_ip": "s3cr3t",
    "querystring": {"token": "s3cr3t"},
    "body": "s3cr3t",
    "messages": [{"role": "user", "content": "s3cr3t"}],
}


def with_secrets(value: Any) -> Any:
    """`value` with secrets in every object, and in every text that is JSON or a list of attributes."""
    if isinstance(value, dict):
        return {**{name: with_secrets(each) for name, each in value.items()}, **SECRETS}
    if isinstance(value, list):
        attribute = {"key": "http.request.header.authorization", "value": {"stringValue": "Bearer s3cr3t"}}
        further = [attribute] if any(isinstance(each, dict) and "key" in each for each in value) else []
        return [*map(with_secrets, value), *further]
    if isinstance(value, str) and value.startswith("{"):
        return json.dumps(with_secrets(json.loads(value)))
    if isinstance(value, str) and "data: {" in value:
        return "\n".join(_line_with_secrets(line) for line in value.splitlines())
    return value


def _line_with_secrets(line: str) -> str:
    name, mark, text = line.partition("data: ")
    return f"{name}{mark}{json.dumps(with_secrets(json.loads(text)))}" if text.startswith("{") else line
