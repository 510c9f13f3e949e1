"""Encrypted originals: the same bytes every time, opened by their key alone and at their own location alone."""

from dataclasses import replace

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.corrections.replay import Replay, ReplayOutcome, original_text
from gatemeter.errors import SettingsError
from gatemeter.metering.originals import OriginalKeys, Unopened, key_id, key_text, keys_from_text, new_key
from gatemeter.metering.ruleset import Metering
from gatemeter.schema import DEAD_LETTERS, ORIGINAL_COLUMNS
from gatemeter.wire.event_location import EventLocation
from tests.support.dead_letters import IN_1970_MS, KEYS, SEALING, WIDE, dead_letters_in, meter_values, stored
from tests.support.kong_events import event_text
from tests.support.logs import METERING

PLACE = EventLocation("log", 0, 7, 1, 0)
OLD, NEW = bytes(range(64)), new_key()
SECRET_EVENT = event_text(started_at=IN_1970_MS, extra='"headers":{"apikey":"S3CRET"}')


def keys(*keys: bytes) -> OriginalKeys:
    return OriginalKeys(lambda: keys)


def test_the_same_event_gives_the_same_bytes() -> None:
    assert keys(OLD).seal(b"text", PLACE) == keys(OLD).seal(b"text", PLACE)
    assert keys(OLD).seal(b"text", PLACE) != keys(OLD).seal(b"text", replace(PLACE, offset=8))


@pytest.mark.parametrize("text", [b"", b"x", b"\xff\x00" * 100_000])
def test_what_was_sealed_is_opened(text: bytes) -> None:
    assert keys(OLD).open(keys(OLD).seal(text, PLACE), PLACE) == text


def test_an_older_key_opens_what_it_sealed() -> None:
    sealed = keys(OLD).seal(b"text", PLACE)
    assert keys(NEW, OLD).open(sealed, PLACE) == b"text"
    assert keys(NEW, OLD).seal(b"text", PLACE).key_id == key_id(NEW)


def test_another_key_says_which_one_it_takes() -> None:
    found = keys(NEW).open(keys(OLD).seal(b"text", PLACE), PLACE)
    assert found == Unopened(f"encrypted with the key {key_id(OLD)}, given: {key_id(NEW)}")


def test_a_changed_or_moved_original_is_not_opened() -> None:
    sealed = keys(OLD).seal(b"text", PLACE)
    changed = sealed._replace(sealed=sealed.sealed[:-1] + bytes([sealed.sealed[-1] ^ 1]))
    moved = replace(PLACE, partition=1)
    for found in (keys(OLD).open(changed, PLACE), keys(OLD).open(sealed, moved)):
        assert isinstance(found, Unopened)


def test_a_key_file_may_hold_several_keys_and_remarks() -> None:
    assert keys_from_text(f"# of March\n\n{key_text(NEW)}{key_text(OLD)}", "f") == [NEW, OLD]


@pytest.mark.parametrize("text", ["", "# none", "ab" * 63, "xy" * 64, f"{'ab' * 64} {'cd' * 64}"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="holds no key"):
        keys_from_text(text, "f")


def test_a_dead_letter_keeps_its_secret_for_the_key_alone(sink: MemorySink) -> None:
    meter_values(sink, [SECRET_EVENT])
    (row,) = sink.rows(DEAD_LETTERS)
    assert all(b"S3CRET" not in (value if isinstance(value, bytes) else str(value).encode()) for value in row.values())
    (dead_letter,) = dead_letters_in(sink)
    assert original_text(dead_letter, KEYS) == SECRET_EVENT


def test_it_is_replayed_from_its_original(sink: MemorySink) -> None:
    meter_values(sink, [SECRET_EVENT])
    (result,) = Replay(sink, WIDE).add(dead_letters_in(sink))
    assert result.outcome is ReplayOutcome.REPLAYED
    assert dead_letters_in(sink) == []


def test_without_the_key_it_is_not_replayed(sink: MemorySink) -> None:
    meter_values(sink, [SECRET_EVENT])
    before = stored(sink)
    (result,) = Replay(sink, replace(WIDE, original_keys=None)).add(dead_letters_in(sink))
    assert (result.outcome, stored(sink)) == (ReplayOutcome.SEALED, before)
    assert "no key is given" in result.detail


def test_without_originals_it_is_not_replayed(sink: MemorySink) -> None:
    meter_values(sink, [SECRET_EVENT], METERING)
    (result,) = Replay(sink, WIDE).add(dead_letters_in(sink))
    assert result.outcome is ReplayOutcome.NOT_KEPT_WHOLE


def test_only_the_original_s_columns_depend_on_the_key() -> None:
    def rows(metering: Metering) -> list[dict[str, object]]:
        sink = MemorySink()
        meter_values(sink, [SECRET_EVENT, b"nonsense"], metering)
        return [
            {name: value for name, value in row.items() if name not in ORIGINAL_COLUMNS}
            for row in sink.rows(DEAD_LETTERS)
        ]

    assert rows(SEALING) == rows(METERING) == rows(Metering(METERING.prices, original_keys=keys(NEW)))
