"""`python -m tests.fuzz.decoders CORPUS... -runs=N`: feeds any bytes, guided by coverage, to every decoder.

Whatever a message holds, nothing raises, every event is accounted for, and every value can be stored. What a door
leaves of a line is counted as the whole line.
"""

import sys

import atheris

from tests.support.positions import ANYWHERE

with atheris.instrument_imports(include=["gatemeter"]):
    from gatemeter.events.access_event import TimeRange
    from gatemeter.events.batch import EventBatch, IdentifiedEvents
    from gatemeter.formats.decoders import Decoders
    from gatemeter.formats.explain import explain_decoding
    from gatemeter.lenient.numbers import INT64_MAX
    from gatemeter.wire.frames import DEFAULT_FORMAT
    from tests.support.counted_lines import counted
    from tests.support.slim_lines import slim_line

TIMES = TimeRange()
DECODERS = Decoders(TIMES)


def check(data: bytes) -> None:
    batch = DECODERS.decode(DEFAULT_FORMAT, [data], ANYWHERE)
    assert batch.event_count >= 1, "an event has no account"
    assert all(rejection.reason != "decoder_failed" for rejection in batch.rejections), batch.rejections
    check_values(batch)
    explanation = explain_decoding(data, TIMES)
    if b"\n" not in data.strip():
        assert len(explanation) == batch.event_count
    if b"\n" not in data:
        assert counted(DEFAULT_FORMAT, slim_line(DEFAULT_FORMAT, data)) == counted(DEFAULT_FORMAT, data)


def check_values(batch: EventBatch) -> None:
    for events in (batch.requests, batch.others):
        assert isinstance(events, IdentifiedEvents)
        for rows in events.usage.values():
            for key in rows.keys:
                for part in key:
                    assert isinstance(part, int) or part.encode("utf-8") is not None
            for column in rows.sums:
                assert all(0 <= value <= INT64_MAX for value in column)
            for amounts in rows.amounts:
                assert all(0 <= yoctos <= 10**33 for yoctos in amounts)


if __name__ == "__main__":
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
