"""The OpenAPI document names every path that the API serves: Schemathesis asks what the document names."""

from typing import Any

import pytest
from starlette.routing import Route

from gatemeter.api.openapi import PATHS, document
from tests.support.api_client import ApiClient, no_store


def served_paths() -> set[str]:
    application = ApiClient(no_store).api.application()
    return {route.path.replace(":path}", "}") for route in application.routes if isinstance(route, Route)}


def test_every_path_is_served_listed_and_documented() -> None:
    assert served_paths() == set(PATHS) == set(document()["paths"])
    assert len(PATHS) == len(set(PATHS))


@pytest.mark.parametrize("path", PATHS)
def test_every_operation_says_what_it_answers_and_refuses(path: str) -> None:
    operations: dict[str, Any] = document()["paths"][path]
    for each in operations.values():
        assert {"200", "503"} <= set(each["responses"])
        assert each["responses"]["200"]["content"]
