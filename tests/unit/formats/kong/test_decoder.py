"""What Kong messages decode to: every shape that is counted, and every reason why one is not."""

import pytest

from gatemeter.events.rejected_text import ORIGINAL_LIMIT_BYTES
from gatemeter.events.usage_rows import NOT_MEASURED
from gatemeter.wire.topics import MAX_EVENT_BYTES
from tests.support.decoded_kong import GOOD, decode, only_key, places, reasons
from tests.support.kong_events import HOUR_S, event_text, recorded, request_line

MS_2010, MS_2100 = 1_262_304_000_000, 4_102_444_800_000


class TestWholeEvents:
    def test_every_column_of_a_proxied_request(self) -> None:
        batch = decode(recorded("proxied"))
        assert batch.event_ids == ["5b1f0c77a9e24d3c8e6f10d2b4a39c55"]
        assert only_key(batch) == (
            *(HOUR_S, "con-1", "initech", "cust-7", "sv-1", "billing", "rt-1", "invoices"),
            *("ws-1", "POST", 201, "upstream"),
        )
        assert (batch.request_bytes, batch.response_bytes) == ([512], [2048])
        assert (batch.request_ms, batch.upstream_ms, batch.gateway_ms) == ([43.0], [37.5], [4.0])

    def test_a_request_without_a_route(self) -> None:
        batch = decode(recorded("no_route"))
        assert only_key(batch) == (HOUR_S, "", "", "", "", "", "", "", "ws-1", "GET", 404, "kong")
        assert (batch.request_ms, batch.upstream_ms, batch.gateway_ms) == ([1.0], [-1.0], [0.0])

    def test_an_event_of_kong_1_with_sizes_as_text_and_no_request_id(self) -> None:
        batch = decode(recorded("sizes_as_text"))
        assert only_key(batch) == (HOUR_S, "con-9", "", "", "sv-9", "legacy", "rt-9", "", "", "GET", 200, "")
        assert (batch.request_bytes, batch.response_bytes) == ([75], [434])
        assert batch.event_ids[0].startswith("line:")

    def test_a_stream_session_is_of_another_kind(self) -> None:
        batch = decode(recorded("stream_session"), GOOD)
        assert (batch.other_kind, batch.event_ids, batch.event_count) == (1, ["good"], 2)

    def test_a_stream_session_of_odd_shape_is_of_another_kind_too(self) -> None:
        assert decode(b'{"session":{},"latencies":[],"started_at":"1770112861007"}').other_kind == 1


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(b"\xff" + GOOD, "invalid_utf8", id="not UTF-8"),
        pytest.param(b"\x00" * 9, "empty_message", id="NUL bytes alone"),
        pytest.param(GOOD[:-1], "truncated_json", id="cut"),
        pytest.param(GOOD + b"x", "invalid_json", id="trailing text"),
        pytest.param(GOOD + GOOD, "invalid_json", id="two on a line"),
        pytest.param(b"12", "not_an_object", id="number"),
        pytest.param(b'"text"', "not_an_object", id="string"),
        pytest.param(b"null", "not_an_object", id="null"),
        pytest.param(b"[]", "not_an_object", id="empty list"),
        pytest.param(b"[[]]", "not_an_object", id="list in list"),
        pytest.param(b"[null]", "not_an_object", id="null in list"),
        pytest.param(b"1e400", "not_an_object", id="huge number"),
        pytest.param(b"{}", "empty_object", id="empty object"),
        pytest.param(b"[{}]", "empty_object", id="empty object in list"),
        pytest.param(b"", "empty_message", id="no bytes"),
        pytest.param(b" \n\r\n\t", "empty_message", id="white space"),
        pytest.param(b'{"request":"GET","response":{}}', "request_invalid", id="request"),
        pytest.param(b'{"request":[1],"response":{}}', "request_invalid", id="request list"),
        pytest.param(b'{"request":{},"response":7}', "response_invalid", id="response"),
        pytest.param(event_text(status='"abc"'), "status_invalid", id="status text"),
        pytest.param(event_text(status="[]"), "status_invalid", id="status list"),
        pytest.param(event_text(status="true"), "status_invalid", id="status true"),
        pytest.param(event_text(status="200.5"), "status_invalid", id="status fraction"),
        pytest.param(event_text(status="1" + "0" * 25), "status_out_of_range", id="status 10**25"),
        pytest.param(event_text(status="1e400"), "status_out_of_range", id="status 1e400"),
        pytest.param(event_text(status="9223372036854775808"), "status_out_of_range", id="status 2**63"),
        pytest.param(event_text(status="9" * 5000), "status_out_of_range", id="status of 5000 digits"),
        pytest.param(event_text(started_at="null"), "started_at_missing", id="no time"),
        pytest.param(event_text(started_at='"soon"'), "started_at_invalid", id="time text"),
        pytest.param(event_text(started_at="{}"), "started_at_invalid", id="time object"),
        pytest.param(event_text(started_at=946_684_799_000), "started_at_out_of_range", id="1999"),
        pytest.param(event_text(started_at=10_413_792_000_000), "started_at_out_of_range", id="2300"),
        pytest.param(event_text(started_at="1" + "0" * 30), "started_at_out_of_range", id="10**30"),
        pytest.param(event_text(started_at=MS_2010 - 1), "started_at_out_of_range", id="last ms of 2009"),
        pytest.param(event_text(started_at=MS_2100), "started_at_out_of_range", id="first ms of 2100"),
        pytest.param(event_text(request_size="9223372036854775808"), "request_size_out_of_range", id="size 2**63"),
        pytest.param(event_text(request_size="9" * 5000), "request_size_out_of_range", id="size of 5000 digits"),
        pytest.param(event_text(response_size="1e400"), "response_size_out_of_range", id="size 1e400"),
        pytest.param(event_text(extra='"x":0')[:-1] + b" " * MAX_EVENT_BYTES + b"}", "line_too_long", id="long"),
        pytest.param(b'{"level":"info"}', "not_an_access_log_event", id="another program's log"),
        pytest.param(b'{"session":7}', "not_an_access_log_event", id="session of another type"),
    ],
)
class TestRejections:
    def test_it_is_a_dead_letter_when_alone(self, raw: bytes, reason: str) -> None:
        batch = decode(raw)
        assert (reasons(batch), batch.event_count) == ([reason], 1)

    def test_it_spoils_no_message_beside_it(self, raw: bytes, reason: str) -> None:
        batch = decode(GOOD, raw, request_line("other"))
        assert (batch.event_ids, reasons(batch)) == (["good", "other"], [reason])
        assert batch.rejections[0].value_index == 1

    def test_it_spoils_no_other_line_of_its_frame(self, raw: bytes, reason: str) -> None:
        batch = decode(GOOD + b"\n" + raw + b"\n" + request_line("other"))
        assert sorted(batch.event_ids) == ["good", "other"]
        assert reasons(batch) == ([] if reason == "empty_message" and not raw.strip() else [reason])


@pytest.mark.parametrize("digits", [309, 400, 4300])
@pytest.mark.parametrize("field", ["status", "started_at", "request_size", "response_size"])
def test_a_number_of_some_hundred_digits_is_out_of_range_and_not_fatal(field: str, digits: int) -> None:
    assert reasons(decode(event_text(**{field: "9" * digits}))) == [f"{field}_out_of_range"]


def test_sizes_are_on_the_wire_or_unknown() -> None:
    batch = decode(recorded("proxied"), b'{"request":{"size":0},"response":{"size":null},"started_at":1770112861007}')
    assert [key[-2:] for key in batch.keys] == [("wire", "wire"), ("wire", "unknown")]
    assert (batch.request_bytes, batch.response_bytes) == ([512, 0], [2048, 0])


class TestTolerance:
    @pytest.mark.parametrize(
        ("text", "size"),
        [('"75"', 75), ('" 75 "', 75), ("75.0", 75), ("7.5e1", 75), ("null", 0), ("-5", 0), ("[]", 0), ('"x"', 0)],
    )
    def test_a_size_of_another_type_is_converted(self, text: str, size: int) -> None:
        batch = decode(event_text(request_size=text, response_size=text))
        assert (batch.request_bytes, batch.response_bytes) == ([size], [size])

    @pytest.mark.parametrize(
        ("text", "status"),
        [("null", -1), ('"404"', 404), ("404.0", 404), ("4.04e2", 404), ("9223372036854775807", 2**63 - 1)],
    )
    def test_a_status_of_another_type_is_converted(self, text: str, status: int) -> None:
        assert only_key(decode(event_text(status=text)))[10] == status

    @pytest.mark.parametrize("text", ["0", '"000"', "9", "-1", "0.0"])
    def test_a_number_below_those_of_http_is_no_status(self, text: str) -> None:
        assert only_key(decode(event_text(status=text)))[10] == -1

    def test_a_missing_status_is_unknown_and_not_zero(self) -> None:
        assert only_key(decode(event_text().replace(b'"status":200,', b"")))[10] == -1

    @pytest.mark.parametrize("text", ["1770112861007.0", '"1770112861007"', "1.770112861007e12"])
    def test_a_time_of_another_type_is_converted(self, text: str) -> None:
        assert only_key(decode(event_text(started_at=text)))[0] == HOUR_S

    @pytest.mark.parametrize("started_at", [MS_2010, MS_2100 - 1])
    def test_the_first_and_the_last_believed_time(self, started_at: int) -> None:
        assert only_key(decode(event_text(started_at=started_at)))[0] == started_at // 3_600_000 * 3600

    @pytest.mark.parametrize(
        ("text", "latency_ms"),
        [("-1", -1.0), ("0", 0.0), ("null", NOT_MEASURED), ('"7"', 7.0), ("[]", NOT_MEASURED), ("9" * 5000, -1.0)],
    )
    def test_a_latency_of_another_type_is_converted(self, text: str, latency_ms: float) -> None:
        batch = decode(event_text(latencies=f'{{"request":{text},"proxy":{text}}}'))
        assert (batch.request_ms, batch.upstream_ms, batch.gateway_ms) == ([latency_ms], [latency_ms], [NOT_MEASURED])

    @pytest.mark.parametrize("text", ["9000000000001", "9000000000001.0", '"9000000000001"'])
    @pytest.mark.parametrize("started_at", ["1770112861007", '"1770112861007"'])
    def test_a_latency_above_the_longest_is_ignored(self, text: str, started_at: str) -> None:
        batch = decode(event_text(started_at=started_at, latencies=f'{{"request":{text},"kong":9000000000000}}'))
        assert (batch.request_ms, batch.gateway_ms) == ([NOT_MEASURED], [9e12])
        assert (reasons(batch), batch.batch.ignored_fields) == ([], 1)

    @pytest.mark.parametrize("text", ["null", "{}", "[]", "7"])
    def test_no_latencies_are_not_measured(self, text: str) -> None:
        assert decode(event_text(latencies=text)).request_ms == [NOT_MEASURED]

    @pytest.mark.parametrize("name", ["consumer", "authenticated_entity", "service", "route"])
    @pytest.mark.parametrize("text", ["null", "{}", "[]", "7", '{"id":null,"name":{}}'])
    def test_entities_that_are_not_there(self, name: str, text: str) -> None:
        key = only_key(decode(event_text(extra=f'"{name}":{text}')))
        assert key == (HOUR_S, "", "", "", "", "", "", "", "", "GET", 200, "")

    @pytest.mark.parametrize("text", ["{}", "[]", "null", '{"a":[true,"b"]}'])
    def test_fields_that_are_not_read_may_hold_anything(self, text: str) -> None:
        batch = decode(event_text(extra=f'"tries":{text},"ai":{text},"x":[{{"y":{text}}}]'))
        assert batch.event_ids == ["r-1"]

    @pytest.mark.parametrize("number", ["9" * 400, "9" * 5000, "9" * 5000 + ".5", "1e400", "-1e400", "0." + "1" * 5000])
    def test_huge_numbers_in_fields_that_are_not_read(self, number: str) -> None:
        raw = event_text(extra=f'"x":{number}')
        assert decode(raw).event_ids == ["r-1"]
        assert decode(raw + b"\nbad").event_ids == ["r-1"]
        assert decode(b"[" + raw + b"]").event_ids == ["r-1"]

    def test_a_request_id_that_is_a_number_is_its_digits(self) -> None:
        assert decode(event_text(event_id="12345678901234567890123")).event_ids == ["12345678901234567890123"]

    @pytest.mark.parametrize("opening", [b"[", b'{"a":'])
    @pytest.mark.parametrize("levels", [20_000, 100_000])
    def test_deep_nesting_in_a_field_that_is_not_read(self, opening: bytes, levels: int) -> None:
        closing = {b"[": b"]", b'{"a":': b"}"}[opening]
        raw = GOOD[:-1] + b',"x":' + opening * levels + b'"}]"' + closing * levels + b"}"
        for value in (raw, b"[" + raw + b"]", raw[:-1] + b',"y":1e400}'):
            batch = decode(value)
            assert (batch.event_ids, reasons(batch), batch.batch.ignored_fields) == (["good"], [], 1)

    def test_nesting_without_an_end_is_rejected_and_not_fatal(self) -> None:
        for opening in (b"[", b'{"a":', b'["'):
            assert reasons(decode(GOOD, GOOD[:-1] + b',"x":' + opening * 100_000)) == ["invalid_json"]


class TestConsumer:
    @pytest.mark.parametrize(
        ("extra", "consumer_id"),
        [
            ('"consumer":{"id":"c"},"authenticated_entity":{"consumer_id":"e"}', "c"),
            ('"authenticated_entity":{"id":"credential","consumer_id":"e"}', "e"),
            ('"consumer":{"username":"u","custom_id":"k"},"authenticated_entity":{"consumer_id":"e"}', "e"),
            ('"consumer":{"username":"u","custom_id":"k"}', "k"),
            ('"consumer":{"username":"u"}', "u"),
            ('"consumer":{"id":"","username":"u"}', "u"),
            ('"authenticated_entity":{"id":"credential"}', "credential"),
            ('"consumer":{"username":"u"},"authenticated_entity":{"id":"credential"}', "u"),
            ('"consumer":{"custom_id":"k"},"authenticated_entity":{"id":"credential"}', "k"),
            ('"authenticated_entity":{"id":75}', "75"),
            ('"authenticated_entity":{"id":""}', ""),
        ],
    )
    def test_whom_a_request_is_counted_for(self, extra: str, consumer_id: str) -> None:
        assert only_key(decode(event_text(extra=extra)))[1] == consumer_id


class TestIdentity:
    @pytest.mark.parametrize("event_id", [None, '""', "null"])
    def test_an_event_without_id_is_known_by_its_text(self, event_id: str | None) -> None:
        raw = event_text(event_id=event_id)
        once, spaced = decode(raw), decode(b"  " + raw + b"\r")
        assert once.event_ids[0].startswith("line:")
        assert spaced.event_ids == once.event_ids
        assert decode(event_text(event_id=event_id, status="201")).event_ids != once.event_ids

    def test_a_frame_gives_it_the_same_identity(self) -> None:
        raw = event_text(event_id=None)
        assert decode(GOOD + b"\n" + raw).event_ids == ["good", *decode(raw).event_ids]

    def test_the_same_elements_of_two_arrays_have_the_same_identities(self) -> None:
        one, other = event_text(event_id=None), event_text(event_id=None, status="500")
        first, second = decode(b"[" + one + b"," + other + b"]"), decode(b"[ " + other + b", " + one + b"]")
        assert first.event_ids == second.event_ids[::-1]
        assert len(set(first.event_ids)) == 2


class TestFrames:
    @pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\n\n", b" \n"])
    def test_any_line_ending_separates_events(self, ending: bytes) -> None:
        batch = decode(ending.join([GOOD, request_line("b"), b""]))
        assert (batch.event_ids, reasons(batch)) == (["good", "b"], [])

    def test_a_bad_line_is_named_by_its_number_and_blank_lines_count(self) -> None:
        batch = decode(GOOD, GOOD + b"\n\nbad\n" + request_line("b"))
        assert places(batch) == [(1, 3, 0)]

    def test_a_frame_with_an_odd_first_line_is_read_line_by_line(self) -> None:
        batch = decode(event_text(request_size='"75"') + b"\n" + request_line("b") + b"\n" + request_line("c"))
        assert (sorted(batch.event_ids), reasons(batch)) == (["b", "c", "r-1"], [])

    def test_a_document_over_several_lines_is_one_event(self) -> None:
        batch = decode(event_text(event_id='"a"').replace(b",", b",\n"))
        assert (batch.event_ids, reasons(batch)) == (["a"], [])

    def test_a_document_over_several_lines_beside_others_is_no_event(self) -> None:
        batch = decode(GOOD + b"\n" + GOOD.replace(b',"response"', b',\n"response"'))
        assert (batch.event_ids, reasons(batch)) == (["good"], ["truncated_json", "invalid_json"])

    def test_an_array_over_several_lines_is_its_events(self) -> None:
        batch = decode(b"[\n" + GOOD + b",\n7,\n" + request_line("b") + b"\n]")
        assert (batch.event_ids, places(batch), reasons(batch)) == (["good", "b"], [(0, 1, 1)], ["not_an_object"])

    def test_each_line_may_hold_an_array(self) -> None:
        batch = decode(b"[" + GOOD + b",1]\n[2," + request_line("b") + b"]")
        assert (batch.event_ids, places(batch)) == (["good", "b"], [(0, 1, 1), (0, 2, 0)])

    @pytest.mark.parametrize(
        "frame",
        [
            pytest.param(GOOD + GOOD + b"\n", id="newline"),
            pytest.param(GOOD + GOOD + b"\n\n", id="blank line"),
            pytest.param(GOOD + GOOD + b"\n\n" + GOOD, id="blank line between"),
            pytest.param(GOOD + GOOD + b"\n" + GOOD.replace(b",", b",\n", 1), id="an event over two lines"),
        ],
    )
    def test_two_events_on_a_line_are_never_read_as_two(self, frame: bytes) -> None:
        assert "invalid_json" in reasons(decode(frame))


class TestOrder:
    """Of two events with one id the first in the log is counted, so the order of a batch must be the log's."""

    SAME_ID_ODD = event_text(request_size='"1"', extra='"consumer":{"id":"odd"}')
    COMMON = event_text(extra='"consumer":{"id":"common"}')

    @pytest.mark.parametrize(
        "values",
        [
            pytest.param([COMMON, SAME_ID_ODD], id="odd message"),
            pytest.param([COMMON, SAME_ID_ODD + b"\n"], id="frame"),
            pytest.param([COMMON + b"\n" + SAME_ID_ODD], id="odd line"),
        ],
    )
    def test_events_keep_the_order_of_the_log(self, values: list[bytes]) -> None:
        assert [key[1] for key in decode(*values).keys] == ["common", "odd"]


class TestOtherFormats:
    def test_a_format_nobody_knows_is_kept_whole(self) -> None:
        batch = decode(b"a\nb", b"c", log_format="avro")
        assert (reasons(batch), places(batch)) == (["unknown_format"] * 2, [(0, 1, 0), (1, 1, 0)])
        assert [rejection.original for rejection in batch.rejections] == [b"a\nb", b"c"]

    def test_a_line_cut_by_the_shipper_is_one_event(self) -> None:
        batch = decode(GOOD[:40], log_format="oversized")
        assert (reasons(batch), batch.event_count) == (["line_too_long"], 1)

    def test_of_a_rejected_event_the_first_bytes_and_the_size_are_kept(self) -> None:
        (rejection,) = decode(b"x" * (ORIGINAL_LIMIT_BYTES + 1)).rejections
        assert (rejection.original, rejection.raw_size_bytes) == (b"", ORIGINAL_LIMIT_BYTES + 1)
