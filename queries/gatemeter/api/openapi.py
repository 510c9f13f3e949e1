"""The OpenAPI document of an API, made from the models that read its requests."""

from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gatemeter.api.access_answer import AccessAnswer
from gatemeter.api.entitlements_answer import EXAMPLE, EntitlementRequest, EntitlementsAnswer
from gatemeter.api.forms import Form
from gatemeter.api.ingest_answer import IngestAnswer
from gatemeter.api.inventory_answer import DifferencesAnswer, InventoryAnswer, UnusedAnswer
from gatemeter.api.requests import (
    BillableRequest,
    DifferenceRequest,
    LicenseRequest,
    QueryForm,
    QueryRequest,
    UnusedRequest,
)
from gatemeter.httpserver.problem import MEDIA_TYPE
from gatemeter.metrics.declared import MetricType
from gatemeter.reports.billable import BillableRow

_SCHEMAS = "#/components/schemas/"
_PROBLEMS = {
    "400": "What cannot be asked: an unknown metric, dimension, time zone or period, or an answer of too many rows.",
    "401": "No token, or one that is not known.",
    "403": "The token is not for this.",
    "404": "The consumer is not known, or not to the token; or the server was told of no budgets.",
    "406": "Another form than those of the answer.",
    "408": "The body took too long.",
    "413": "The body is too large.",
    "415": "A body that is not JSON, or compressed.",
    "426": "An answer that is sent in chunks needs HTTP/1.1.",
    "429": "The token has asked too often.",
    "503": "The store does not answer, or too much is asked at the same time. Ask again.",
    "504": "The question took too long and was cancelled.",
}
_OF_ALL = ("401", "403", "429", "503")
_OF_CATALOGUE = (*_OF_ALL, "400")
_OF_READING = (*_OF_ALL, "400", "406", "426", "504")
_OF_BODIES = (*_OF_READING, "408", "413", "415")
_ANSWER = {
    "type": "object",
    "required": ["columns", "rows", "notes", "row_count", "next"],
    "properties": {
        "columns": {"type": "array", "items": {"type": "string"}},
        "rows": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Amounts of money are decimal numbers as text; what is not known is null.",
        },
        "notes": {"type": "array", "items": {"type": "string"}},
        "row_count": {"type": ["integer", "null"], "description": "Of the whole answer; null is not known."},
        "next": {"type": ["string", "null"], "description": "Asks for the next page; null where there is none."},
    },
}
_PROBLEM = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {"title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}},
}
_NAMED = {
    "type": "object",
    "required": ["name", "description", "by_minute"],
    "properties": {"name": {"type": "string"}, "description": {"type": "string"}, "by_minute": {"type": "boolean"}},
}
_METRIC = {
    "type": "object",
    "required": ["name", "type", "description", "dimensions", "by_minute"],
    "properties": {
        **_NAMED["properties"],  # type: ignore[dict-item]
        "type": {"enum": list(get_args(MetricType))},
        "dimensions": {"type": "array", "items": {"type": "string"}},
    },
}
_CATALOGUE = {
    "type": "object",
    "required": ["metrics", "dimensions"],
    "properties": {"metrics": {"type": "array", "items": _METRIC}, "dimensions": {"type": "array", "items": _NAMED}},
}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "errors of two services by day": {
        "metrics": ["request_count", "error_rate", "latency_request_p99"],
        "by": ["service"],
        "filters": [{"dimension": "service", "operator": "in", "values": ["payments", "search"]}],
        "from": "2026-02",
        "to": "2026-03",
        "tz": "Europe/Berlin",
        "granularity": "day",
    },
    "plugins by where they apply, at the end of each week": {
        "metrics": ["configured_plugins"],
        "by": ["plugin_scope", "plugin"],
        "last": "4w",
        "granularity": "week",
    },
    "the ten consumers whose calls to models cost the most": {
        "metrics": ["llm_cost", "total_tokens"],
        "by": ["consumer", "cost_currency"],
        "order": "-llm_cost",
        "limit": 10,
    },
}


_FILES = (Form.CSV, Form.PARQUET)
PATHS = (
    *("/api/v1/query", "/api/v1/metrics", "/api/v1/access", "/api/v1/ingest", "/billable", "/license/report"),
    "/api/v1/entitlements/{consumer}",
    *("/api/v1/inventory", "/api/v1/inventory/diff", "/api/v1/inventory/unused"),
    *("/healthz", "/readyz", "/openapi.json"),
)
"""All paths of the API."""


def document() -> dict[str, Any]:
    """The document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "gatemeter", "version": "1"},
        "security": [{"bearer": []}, {"basic": []}, {}],
        "paths": {
            "/api/v1/query": {"post": _query()},
            "/api/v1/metrics": {
                "get": _reading("The metrics and dimensions.", "Catalogue", problems=(*_OF_ALL, "400"))
            },
            "/api/v1/access": {
                "get": _reading("What the token may see.", "AccessAnswer", problems=(*_OF_CATALOGUE, "504"))
            },
            "/api/v1/ingest": {"get": _reading("How counting goes.", "IngestAnswer", problems=(*_OF_CATALOGUE, "504"))},
            "/api/v1/entitlements/{consumer}": {"get": _entitlements()},
            **_inventory(),
            "/billable": {"get": _reading("Usage by period and consumer.", "Billable", BillableRequest, forms=_FILES)},
            "/license/report": {
                "get": _reading("The gateway vendor's license report.", None, LicenseRequest, forms=(*_FILES, Form.TAR))
            },
            **{path: {"get": _open(path)} for path in ("/healthz", "/readyz", "/openapi.json")},
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
    }


def _schemas() -> dict[str, Any]:
    _, found = models_json_schema(
        [
            (QueryRequest, "validation"),
            (BillableRow, "serialization"),
            (AccessAnswer, "serialization"),
            (IngestAnswer, "serialization"),
            (EntitlementsAnswer, "serialization"),
            (InventoryAnswer, "serialization"),
            (DifferencesAnswer, "serialization"),
            (UnusedAnswer, "serialization"),
        ],
        ref_template=f"{_SCHEMAS}{{model}}",
    )
    rows = {"type": "array", "items": {"$ref": f"{_SCHEMAS}BillableRow"}}
    own = {"Answer": _ANSWER, "Problem": _PROBLEM, "Catalogue": _CATALOGUE, "Billable": rows}
    return {**found["$defs"], **own}


def _inventory() -> dict[str, Any]:
    newest = _reading("The newest snapshot of each control plane.", "InventoryAnswer", problems=(*_OF_CATALOGUE, "504"))
    changes = "What changed from one snapshot to the next."
    unused = "What is configured and not called, and what is called and not configured."
    return {
        "/api/v1/inventory": {"get": newest},
        "/api/v1/inventory/diff": {
            "get": _reading(changes, "DifferencesAnswer", DifferenceRequest, problems=(*_OF_CATALOGUE, "504"))
        },
        "/api/v1/inventory/unused": {"get": _reading(unused, "UnusedAnswer", UnusedRequest, forms=(Form.CSV,))},
    }


def _entitlements() -> dict[str, Any]:
    summary = "What a consumer may still use; answered from memory."
    found = _reading(summary, "EntitlementsAnswer", EntitlementRequest, problems=(*_OF_CATALOGUE, "404"))
    found["responses"]["200"]["content"][Form.JSON]["example"] = EXAMPLE
    named = {"name": "consumer", "in": "path", "required": True, "schema": {"type": "string"}, "example": "acme"}
    return found | {"parameters": [named, *found["parameters"]]}


def _query() -> dict[str, Any]:
    examples = {name.replace(" ", "-"): {"summary": name, "value": value} for name, value in _EXAMPLES.items()}
    body = {"schema": {"$ref": f"{_SCHEMAS}QueryRequest"}, "examples": examples}
    return {
        "summary": "Any metrics by any dimensions.",
        "parameters": _parameters(QueryForm),
        "requestBody": {"required": True, "content": {Form.JSON: body}},
        "responses": {"200": _found("Answer", _FILES), **_problems(_OF_BODIES)},
    }


def _reading(
    summary: str,
    schema: str | None,
    parameters: type[BaseModel] | None = None,
    *,
    forms: tuple[Form, ...] = (),
    problems: tuple[str, ...] = _OF_READING,
) -> dict[str, Any]:
    return {
        "summary": summary,
        "parameters": _parameters(parameters) if parameters else [],
        "responses": {
            "200": _found(schema, forms),
            "304": {"description": "The client has this answer already, as its If-None-Match says."},
            **_problems(problems),
        },
    }


def _open(path: str) -> dict[str, Any]:
    problems = _problems(("503", "504") if path == "/readyz" else ("503",))
    seen = {"304": {"description": "The client has this answer already."}}
    return {"security": [], "responses": {"200": _found(None), **seen, **problems}}


def _found(schema: str | None, forms: tuple[Form, ...] = ()) -> dict[str, Any]:
    json = {"schema": {"$ref": f"{_SCHEMAS}{schema}"} if schema else {"type": "object"}}
    files = {form: {"schema": {"type": "string"}} if form is Form.CSV else {} for form in forms}
    return {
        "description": "The answer.",
        "headers": {"etag": {"schema": {"type": "string"}}},
        "content": {Form.JSON: json, **files},
    }


def _problems(codes: tuple[str, ...]) -> dict[str, Any]:
    schema = {"schema": {"$ref": f"{_SCHEMAS}Problem"}}
    return {code: {"description": _PROBLEMS[code], "content": {MEDIA_TYPE: schema}} for code in sorted(codes)}


def _parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema(ref_template="{model}")
    parameters = []
    for name, found in schema["properties"].items():
        own = {key: value for key, value in found.items() if key not in ("title", "description")}
        resolved = schema["$defs"][own["$ref"]] | {"default": own["default"]} if "$ref" in own else own
        said = {"description": found["description"]} if "description" in found else {}
        parameters.append({"name": name, "in": "query", "required": False, "schema": resolved, **said})
    return parameters
