"""Bad lines: each kind is one dead letter, filed under the reason that the truth names."""

from collections import Counter

import pytest

from gatemeter.events.access_event import TimeRange
from gatemeter.formats.decoders import Decoders
from gatemeter.generator.bad_line import spoil
from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import Traffic
from gatemeter.wire.frames import DEFAULT_FORMAT
from tests.support.positions import ANYWHERE
from tests.support.smoke import smoke


def reasons(lines: list[bytes]) -> Counter[str]:
    """What the worker's decoder, which knows nothing of the generator, files the lines under."""
    frames = [b"\n".join(lines[start : start + 500]) for start in range(0, len(lines), 500)]
    batch = Decoders(TimeRange()).decode(DEFAULT_FORMAT, frames, ANYWHERE)
    assert batch.event_count == len(lines)
    return Counter(rejection.reason for rejection in batch.rejections)


@pytest.mark.parametrize("seed", smoke([1, 2], 1, reason="another seed is in `make test`"))
def test_the_decoder_finds_the_reasons_of_the_truth(seed: int) -> None:
    traffic = Traffic(TrafficPlan(events=6000, bad=0.4, seed=seed))
    found = reasons(list(traffic.lines()))
    assert dict(found) == traffic.truth.document()["dead_letters_by_reason"]


def test_every_share_spoils_any_line() -> None:
    traffic = Traffic(TrafficPlan(events=15, bad=0, duplicates=0, ai=0.3))
    for line in traffic.lines():
        spoilt = [spoil(line, share / 200) for share in range(200)]
        assert reasons([bad.content for bad in spoilt]) == Counter(bad.reason for bad in spoilt)
        assert not any(b"\n" in bad.content or not bad.content.strip() for bad in spoilt)
