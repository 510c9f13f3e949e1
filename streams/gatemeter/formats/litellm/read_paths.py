"""What is read of a StandardLoggingPayload: of the request what it lets the provider bill, of the answer its tier."""

from gatemeter.formats.litellm.price_modifiers import host_alone
from gatemeter.lenient.read_paths import Entries, Members, members, object_only, presence, truth, value, value_or
from gatemeter.llm.modifiers import TOLD_BY, kind
from gatemeter.llm.payload_paths import counts
from gatemeter.llm.requested_tools import tool_members

_REQUEST = Members(
    {
        **TOLD_BY,
        "tools": Entries(Members({"type": kind, **dict.fromkeys(tool_members(), presence)})),
        "search_parameters": truth,
        "web_search_options": value_or(members(search_context_size=kind), presence),
        "file_search": presence,
    }
)
READ_PATHS = members(
    *("litellm_call_id", "id", "startTime", "endTime", "completionStartTime", "status", "call_type", "stream"),
    *("model", "model_group", "end_user", "custom_llm_provider", "cache_hit", "response_cost", "saved_cache_cost"),
    *("prompt_tokens", "completion_tokens", "total_tokens"),
    api_base=host_alone,
    response=object_only(Members({**TOLD_BY, "background": value})),
    model_parameters=object_only(_REQUEST),
    standard_built_in_tools_params=object_only(members(web_search_options=presence, file_search=presence)),
    cost_breakdown=Members({**TOLD_BY, "tool_usage_cost": value}),
    hidden_params=members("litellm_overhead_time_ms", api_base=host_alone),
    error_information=members("error_code", "llm_provider"),
    metadata=members(
        *("user_api_key_hash", "user_api_key_alias", "user_api_key_user_id", "user_api_key_end_user_id"),
        *("user_api_key_team_id", "team_id", "user_api_key_team_alias", "team_alias"),
        *("user_api_key_org_id", "user_api_key_org_alias", "user_api_key_request_route"),
        usage_object=counts,
        mcp_tool_call_metadata=members("name"),
    ),
)
