"""However delivered records are cut, by number or by bytes, the chunks cover them and the rows are the same."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.start_position import StartPosition
from gatemeter.sources.chunks import chunks_of
from gatemeter.sources.contiguity import Delivery
from tests.support.kafka_records import FakeRecord
from tests.support.kong_events import request_line
from tests.support.logs import METERING, flush_to, kafka_log, without_version

LOG = kafka_log(4)
START = StartPosition(0, 0)
EVENTS = st.integers(0, 9).map(lambda number: request_line(f"e{number}", consumer=f"c{number % 3}"))
VALUES = st.one_of(st.lists(EVENTS, max_size=4).map(b"\n".join), st.just(b"junk"), st.none())
HEADERS = st.sampled_from([(), (("gatemeter-format", b"kong-log"),), (("gatemeter-format", b"other"),)])
LIMITS = st.tuples(st.integers(1, 9), st.integers(1, 2_000))


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    offsets = sorted(draw(st.sets(st.integers(0, 20), min_size=1)))
    records = [FakeRecord(offset, draw(VALUES), offset * 10, draw(HEADERS)) for offset in offsets]
    return Delivery(0, offsets[-1] + 1, records)


def stored(delivery: Delivery, limits: tuple[int, int]) -> object:
    counter, sink = PartitionCounter(LOG, 0, START, METERING), MemorySink()
    for chunk in chunks_of(delivery, *limits):
        counter.add(chunk)
    flush_to(counter, sink)
    return without_version(sink), counter.next_offset, counter.totals


@given(deliveries(), LIMITS)
def test_chunks_cover_the_records_within_their_limits(delivery: Delivery, limits: tuple[int, int]) -> None:
    chunks = list(chunks_of(delivery, *limits))
    assert all(first.next_offset == second.first_offset for first, second in pairwise(chunks))
    assert [offset for chunk in chunks for offset in chunk.offsets] == [record.offset for record in delivery.records]
    for chunk in chunks:
        assert 0 < len(chunk.values) <= limits[0]
        assert len(chunk.values) == 1 or sum(map(len, chunk.values)) <= limits[1]


@given(deliveries(), LIMITS)
def test_stored_rows_do_not_depend_on_the_chunks(delivery: Delivery, limits: tuple[int, int]) -> None:
    assert stored(delivery, limits) == stored(delivery, (1, 1))
