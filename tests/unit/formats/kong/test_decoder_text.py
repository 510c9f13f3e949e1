"""Text that JSON can spell and no database can store, and times that were printed with a fraction."""

import pytest

from gatemeter.metering.deduplication import hashed
from tests.support.decoded_kong import GOOD, decode, only_key, reasons
from tests.support.kong_events import event_text


class TestTextThatCannotBeStored:
    @pytest.mark.parametrize("half", ["\\ud800", "\\ud800 and more", "\\udc00\\ud800"])
    def test_half_a_surrogate_pair_in_a_field_that_is_not_read(self, half: str) -> None:
        batch = decode(GOOD, event_text(extra=f'"x":"{half}"'))
        assert (batch.event_ids, reasons(batch)) == (["good", "r-1"], [])

    @pytest.mark.parametrize("half", ["\\ud800", "\\ud800 and more"])
    def test_half_a_surrogate_pair_in_a_name_stays_what_it_is(self, half: str) -> None:
        batch = decode(event_text(extra=f'"consumer":{{"id":"a{half}"}}'))
        assert str(only_key(batch)[1]).startswith(f"a{half}~")

    @pytest.mark.parametrize("member", ["consumer", "service", "route"])
    def test_a_name_is_told_from_one_that_spells_the_escape(self, member: str) -> None:
        events = [event_text(extra=f'"{member}":{{"id":"{name}"}}') for name in ("\\ud800", "\\\\ud800")]
        keys = [only_key(decode(event)) for event in events]
        assert keys[0] != keys[1]

    def test_an_id_is_told_from_every_id_that_spells_the_escape(self) -> None:
        ids = ["\\ud800", "\\\\ud800", "\\\\\\\\ud800"]
        batch = decode(*[event_text(event_id=f'"{each}"') for each in ids])
        assert batch.event_ids == ["\ud800", r"\ud800", r"\\ud800"]
        assert len(set(hashed(batch.event_ids))) == len(ids)

    def test_half_a_surrogate_pair_takes_no_usage_away(self) -> None:
        usage = '{"proxy":{"usage":{"prompt_tokens":7,"completion_tokens":1,"cost":4.6800000000000006e-05}}}'
        batch = decode(event_text(extra=f'"x":"\\ud800","ai":{usage}')).batch
        (rows,) = [rows for name, rows in batch.requests.usage.items() if name == "llm_usage_hourly"]
        assert (rows.sums[2], rows.amounts[0]) == ([7], [46_800_000_000_000_006_000])

    @pytest.mark.parametrize(
        "proxy",
        [
            f'{{"usage":{{"prompt_tokens":{"9" * 5000}}}}}',
            '{"meta":{"request_model":"\\ud800x"},"usage":{"prompt_tokens":3}}',
        ],
    )
    def test_an_ai_member_that_is_hard_to_read_rejects_no_event_of_its_frame(self, proxy: str) -> None:
        batch = decode(GOOD + b"\n" + event_text(extra=f'"ai":{{"proxy":{proxy}}}'))
        assert (batch.event_ids, reasons(batch)) == (["good", "r-1"], [])

    def test_a_lone_surrogate_beside_a_huge_number(self) -> None:
        batch = decode(event_text(extra=f'"x":{"9" * 5000},"consumer":{{"id":"a\\ud800"}}'))
        assert str(only_key(batch)[1]).startswith(r"a\ud800~")

    def test_a_lone_surrogate_in_an_array_ends_nothing(self) -> None:
        batch = decode(b"[" + event_text(extra='"x":1e400,"y":"\\ud800"') + b"]")
        assert batch.event_count == 1

    def test_a_null_character_is_text(self) -> None:
        assert only_key(decode(event_text(extra='"consumer":{"id":"a\\u0000b"}')))[1] == "a\x00b"


@pytest.mark.parametrize("started_at", ["1770112800000.5", "1.7701128000009e+12", '"1770112800000"'])
def test_a_time_that_was_printed_with_a_fraction_belongs_to_its_hour(started_at: str) -> None:
    batch = decode(event_text(started_at=started_at))
    assert (batch.keys[0][0], reasons(batch)) == (1_770_112_800, [])
