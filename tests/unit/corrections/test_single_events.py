"""A batch cut into its events counts what it counted whole."""

from gatemeter.corrections.replay_log import single_events
from gatemeter.events.batch import EventBatch
from gatemeter.schema.rollups import AGENTIC_USAGE_ROLLUP, LLM_USAGE_ROLLUP
from tests.support.kong_events import event_text, recorded, request_line
from tests.support.logs import DECODERS
from tests.support.positions import ANYWHERE

RPC = '{"rpc":[{"method":"tools/list","latency":2},{"method":"ping","latency":1}]}'
WITH_AI = event_text(event_id='"ai"', extra=f'"ai":{{"mcp":{RPC},"usage":{{"prompt_tokens":3}}}}')


def cut(*lines: bytes) -> list[EventBatch]:
    return list(single_events(DECODERS.decode("kong-log", [b"\n".join(lines)], ANYWHERE)))


def test_each_event_keeps_its_own_rows_as_event_0() -> None:
    first, second, third = cut(request_line("a"), WITH_AI, request_line("b"))
    assert [batch.requests.event_ids for batch in (first, second, third)] == [["a"], ["ai"], ["b"]]
    assert first.requests.usage.keys() == third.requests.usage.keys() == second.requests.usage.keys()
    assert second.requests.rows(AGENTIC_USAGE_ROLLUP).event_indexes == [0, 0]
    assert second.requests.rows(LLM_USAGE_ROLLUP).event_indexes == [0]
    assert [len(batch.requests.rows(LLM_USAGE_ROLLUP).keys) for batch in (first, third)] == [0, 0]


def test_events_of_another_kind_come_after_the_requests() -> None:
    request, session = cut(recorded("stream_session"), request_line("a"))
    assert (request.requests.event_ids, request.others.event_ids) == (["a"], [])
    assert (session.requests.event_ids, len(session.others.event_ids)) == ([], 1)


def test_fields_left_out_are_counted_once() -> None:
    odd = event_text(extra='"consumer":7')
    assert [batch.ignored_fields for batch in cut(odd, request_line("a"))] == [1, 0]
