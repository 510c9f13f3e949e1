import pytest

from gatemeter.errors import SettingsError
from gatemeter.output.layout import PERIOD
from gatemeter.reports.grouping import parse_groups
from gatemeter.reports.latency import LatencyGroup
from gatemeter.reports.llm import OTHER_LLM_GROUP_NAMES, LlmGroup


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
