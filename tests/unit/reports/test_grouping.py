import pytest

from gatemeter.errors import SettingsError
from gatemeter.output.layout import PERIOD
from gatemeter.reports.grouping import parse_groups
from gatemeter.reports.latency import LatencyGroup, LatencyParameters
from gatemeter.reports.llm import OTHER_LLM_GROUP_NAMES, LlmGroup, LlmRow
from gatemeter.reports.tools import ToolsGroup, ToolsParameters, ToolsRow


def llm_groups(*texts: str) -> list[str]:
    return list(parse_groups(texts, LlmGroup, OTHER_LLM_GROUP_NAMES, always_grouped=PERIOD))


@pytest.mark.parametrize(
    ("texts", "groups"),
    [
        ([], []),
        (["provider"], ["provider"]),
        (["provider,outcome", "route"], ["provider", "outcome", "route"]),
        ([" outcome , provider "], ["outcome", "provider"]),
        (["provider", "provider,outcome", "provider"], ["provider", "outcome"]),
        (["request-model", "Cache-Status"], ["request_model", "cache_status"]),
        (["consumer", "model"], ["consumer_id", "request_model"]),
        (["model,request_model,consumer-id,consumer"], ["request_model", "consumer_id"]),
        (["period"], []),
        (["period,provider"], ["provider"]),
    ],
)
def test_groups_keep_the_order_in_which_they_are_first_named(texts: list[str], groups: list[str]) -> None:
    assert llm_groups(*texts) == groups


@pytest.mark.parametrize("text", ["nonsense", "provider,nonsense", "provider.nonsense", "", "provider,", "--"])
def test_anything_else_is_refused_in_one_line_that_lists_the_groups(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        llm_groups("outcome", text)
    line = str(caught.value)
    assert line.startswith("--by: ")
    assert "is nothing to group by; name some of consumer_id, provider, " in line
    assert "\n" not in line


def test_the_first_wrong_name_is_shown_as_it_was_written() -> None:
    with pytest.raises(SettingsError, match="'Not-This'"):
        llm_groups("provider,Not-This,nor_this")


def test_a_report_without_periods_has_no_group_of_that_name() -> None:
    assert parse_groups(["route,consumer"], LatencyGroup) == (LatencyGroup.ROUTE, LatencyGroup.CONSUMER)
    with pytest.raises(SettingsError, match="'period' is nothing to group by; name some of service, route, consumer"):
        parse_groups(["period"], LatencyGroup)


def test_a_table_shows_names_of_consumers_before_their_ids() -> None:
    by = (ToolsGroup.CONSUMER_ID, ToolsGroup.KIND)
    row = ToolsRow.model_validate(
        {name: None if name.endswith("_ms") else 0 for name in ToolsRow.columns(())}
        | {"period": "2026-02", "groups": ["c-1", "mcp"], "consumer_username": "acme"}
    )
    assert ToolsRow.table_columns(by) == [*ToolsRow.columns(by), "consumer_username"]
    assert row.table_record(by) == {**row.record(by), "consumer_username": "acme"}
    assert ToolsParameters(by=by).table.ordered(ToolsRow.table_columns(by))[:4] == [
        "period",
        "consumer_username",
        "kind",
        "consumer_id",
    ]


def test_json_and_csv_hold_no_names_of_consumers() -> None:
    assert "consumer_username" not in [*LlmRow.columns(list(LlmGroup)), *ToolsRow.columns(list(ToolsGroup))]
    assert "consumer_username" not in LatencyParameters(by=list(LatencyGroup)).columns


def test_a_table_without_consumers_has_no_names_of_them() -> None:
    assert "consumer_username" not in ToolsRow.table_columns([ToolsGroup.KIND])
    assert "consumer_username" not in LatencyParameters().table_columns
