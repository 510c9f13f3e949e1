"""The OpenAPI document of a collector."""

from collections.abc import Mapping, Sequence
from typing import Any

METHODS = ("POST", "PUT", "PATCH")
_JSON = "application/json"
_PROBLEMS = {
    "400": "Damaged content coding, or a binary message that is not one; with `strict`, events that cannot be counted.",
    "401": "No token, or one that is not known.",
    "403": "The token is not for this.",
    "405": "Another method than POST, PUT and PATCH.",
    "408": "The body took too long.",
    "413": "The body is too large, or holds too many events.",
    "415": "A media type or content coding that is not taken.",
    "429": "The token has sent more than it may.",
    "503": "Not all events are stored. Send the body again.",
}
_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "element": {"type": "integer"},
                    "reason": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def document(endpoints: Mapping[str, tuple[int, Sequence[str]]], format_names: Sequence[str]) -> dict[str, Any]:
    """The document; `endpoints` has for each path the status of acceptance and the media types of bodies."""
    paths = {path: _operations(status, types, None) for path, (status, types) in endpoints.items()}
    paths["/ingest/{format}"] = _operations(200, (_JSON, "application/x-ndjson", "text/plain"), format_names)
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
        paths[path] = {"get": {"security": [], "responses": {"200": {"description": "It is so."}}}}
    paths["/readyz"]["get"]["responses"]["503"] = {"description": "Kafka does not answer, or it is stopping."}
    return {
        "openapi": "3.1.0",
        "info": {"title": "gatemeter collector", "version": "1"},
        "security": [{"bearer": []}, {"basic": []}, {}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": _PROBLEM_SCHEMA},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
    }


def _operations(status: int, media_types: Sequence[str], format_names: Sequence[str] | None) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "parameters": _parameters(format_names),
        "requestBody": {"content": {media_type: {"schema": {}} for media_type in media_types}},
        "responses": {
            str(status): _acceptance(status),
            **{code: _problem(description) for code, description in _PROBLEMS.items()},
        },
    }
    if format_names is not None:
        operation["responses"]["404"] = _problem("There is no such format.")
    return {method.lower(): operation for method in METHODS}


def _parameters(format_names: Sequence[str] | None) -> list[dict[str, Any]]:
    strict = {
        "name": "strict",
        "in": "query",
        "description": "Refuse the whole body with 400 if one of its events cannot be counted.",
        "schema": {"enum": ["0", "1"]},
    }
    if format_names is None:
        return [strict]
    name = {"name": "format", "in": "path", "required": True, "schema": {"enum": list(format_names)}}
    return [strict, name]


def _acceptance(status: int) -> dict[str, Any]:
    return {
        "description": "Kafka has acknowledged every event.",
        "headers": {
            "x-gatemeter-rejected": {
                "description": "How many of the events cannot be counted and become dead letters.",
                "schema": {"type": "string"},
            }
        },
        **({} if status == 204 else {"content": {_JSON: {}, "application/x-protobuf": {}}}),
    }


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {"application/problem+json": {"schema": schema}, "application/x-protobuf": {}}
    return {"description": description, "content": content}
