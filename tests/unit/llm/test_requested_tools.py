"""Tools of a request that the provider runs and bills by use."""

import json
from typing import Any

import pytest

from gatemeter.llm.requested_tools import requested_tools


@pytest.mark.parametrize(
    ("request_body", "names"),
    [
        ({"tools": [{"type": "web_search"}, {"type": "function", "name": "file_search"}]}, ("tools.web_search",)),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, ("tools.web_search",)),
        ({"tools": [{"googleSearch": {}}, {"urlContext": {}}]}, ("tools.googleSearch",)),
        ({"tools": [{"google_maps": {}}, {"functionDeclarations": []}]}, ("tools.google_maps",)),
        ({"tools": [{"type": f"web_search_{n}"} for n in range(99)]}, ("tools.web_search",)),
        ({"search_parameters": {"mode": "on"}}, ("tools.search_parameters",)),
        ({"tools": [{"type": "custom", "name": "web_search"}, {"type": 5}, 5, None]}, ()),
        ({"tools": {"type": "web_search"}}, ()),
        ({"messages": [{"content": '"tools": [{"type": "web_search"}]'}]}, ()),
    ],
)
def test_only_tools_that_the_provider_bills_are_named(request_body: dict[str, Any], names: tuple[str, ...]) -> None:
    assert requested_tools(json.dumps(request_body)) == names


@pytest.mark.parametrize("request_body", [None, "", '{"tools": [', '"tools"', 5, {"tools": []}, '{"tools": "\ud800"}'])
def test_a_request_that_cannot_be_read_names_none(request_body: object) -> None:
    assert requested_tools(request_body) == ()
