"""Asks the tools for agents in this process, with the SDK's own client."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp import Client
from mcp_types import ListToolsResult, TextContent

from gatemeter.api.limits import ApiLimits
from gatemeter.api.store import QueriedStore
from gatemeter.mcp.rights import AllowedNow
from gatemeter.mcp.server import mcp_server
from gatemeter.reports.usage_parameters import AllowedRows


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """`content` is the structured content; of a refusal it is the text that says why."""

    is_error: bool
    content: Any


def call(
    store: QueriedStore, tool: str, arguments: Mapping[str, Any] | None = None, allowed: AllowedNow = AllowedRows
) -> ToolAnswer:
    """What the tool answers, which says the same as text and as structured content."""

    async def called() -> ToolAnswer:
        async with Client(mcp_server(store, allowed, ApiLimits())) as client:
            return _answer(await client.call_tool(tool, dict(arguments or {})))

    return asyncio.run(called())


def listed(store: QueriedStore) -> ListToolsResult:
    async def asked() -> ListToolsResult:
        async with Client(mcp_server(store, AllowedRows, ApiLimits())) as client:
            return await client.list_tools()

    return asyncio.run(asked())


def _answer(result: Any) -> ToolAnswer:
    [text] = result.content
    assert isinstance(text, TextContent)
    if result.is_error:
        return ToolAnswer(True, text.text)
    assert json.loads(text.text) == result.structured_content
    return ToolAnswer(False, result.structured_content)
