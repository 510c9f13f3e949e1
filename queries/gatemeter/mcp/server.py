"""The MCP server over a store: lists the tools, calls them, and says what is wrong with a call in its answer.

Needs the extra `gatemeter[mcp]`. On stdio, stdout carries the protocol alone; the log goes to stderr.
"""

import json
import logging
from importlib.metadata import version
from typing import Any

import anyio
import anyio.to_thread
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as ListedTool

from gatemeter.api.limits import ApiLimits
from gatemeter.api.member_words import in_member_words
from gatemeter.api.refusals import problem_of
from gatemeter.api.store import OpenClient, QueriedStore
from gatemeter.errors import GatemeterError, SettingsError
from gatemeter.escaping import escaped
from gatemeter.mcp.arguments import schema_of
from gatemeter.mcp.rights import AllowedNow
from gatemeter.mcp.tools import INSTRUCTIONS, TOOLS, Tool
from gatemeter.output.text import shortened
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server

_LOG = logging.getLogger(__name__)


def mcp_server(store: QueriedStore, allowed: AllowedNow, limits: ApiLimits) -> Server[Any]:
    """A server over an open `store`."""
    places = anyio.CapacityLimiter(limits.at_once_per_token)

    async def list_tools(_: ServerRequestContext[Any], __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[_listed(tool) for tool in TOOLS.values()])

    async def call_tool(_: ServerRequestContext[Any], call: CallToolRequestParams) -> CallToolResult:
        try:
            return _result(await anyio.to_thread.run_sync(_answer, store, allowed, call, limiter=places))
        except Exception as error:  # noqa: BLE001 - every fault is one answer, and one line of the log
            return _refusal(error, call.name)

    return Server(
        "gatemeter",
        version=version("gatemeter"),
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def serve_stdio(open_client: OpenClient, allowed: AllowedNow, limits: ApiLimits | None = None) -> None:
    """Serve the client at the other end of stdin and stdout until it closes stdin. Raises as `open_client` does."""
    limits = limits or ApiLimits()
    store = QueriedStore(open_client, limits.query_s)
    store.open()
    try:
        anyio.run(_run, mcp_server(store, allowed, limits))
    finally:
        store.close()


async def _run(server: Server[Any]) -> None:
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _listed(tool: Tool) -> ListedTool:
    return ListedTool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=schema_of(tool.arguments),
        annotations=ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )


def _answer(store: QueriedStore, allowed: AllowedNow, call: CallToolRequestParams) -> dict[str, Any]:
    tool = TOOLS.get(call.name)
    if tool is None:
        raise SettingsError(f"{shortened(call.name)!r} is no tool", do=f"there are {', '.join(TOOLS)}")
    arguments, rows = tool.parsed(call.arguments or {}), allowed()
    return store.ask(lambda client: tool.answer(client, arguments, rows))


def _result(document: dict[str, Any]) -> CallToolResult:
    # The text is for clients that do not read structured content; ASCII, so that no letter of a name can hide another.
    text = TextContent(type="text", text=json.dumps(document, allow_nan=False))
    return CallToolResult(content=[text], structured_content=document)


def _refusal(error: Exception, tool: str) -> CallToolResult:
    found = problem_of(error)
    is_own_fault = not isinstance(error, GatemeterError)
    if is_own_fault or in_member_words(str(error)) != found.what:
        _LOG.error("%s: %s", escaped(shortened(tool)), escaped(str(error)), exc_info=is_own_fault)
    return CallToolResult(content=[TextContent(type="text", text=found.what)], is_error=True)
