"""`python -m benchmarks.decoding`: what support for models, tools and sessions costs events without any of them.

It also measures what a call to a model, and a custom meter of a response header, cost on top of a plain event.
"""

import gc
import sys
import time
from collections.abc import Callable, Sequence

import click
from rich.console import Console

from benchmarks import requests_alone
from benchmarks.measuring import Measurement, Run, measure_in_turn
from benchmarks.result import Target
from benchmarks.traffic import FramedTraffic, framed
from gatemeter.errors import ExitCode, StopError
from gatemeter.events.access_event import TimeRange
from gatemeter.formats.decoders import Decoders
from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import Traffic
from gatemeter.meters.meters import NO_METERS, Meters
from gatemeter.wire.frames import DEFAULT_FORMAT
from tests.support.declared_meters import declared
from tests.support.positions import ANYWHERE

AT_MOST = 1.3
CALL_AT_MOST_US = 15.0
"""On top of a plain event, for a call without a logged answer."""
METER_AT_MOST_US = 12.0
"""On top of a plain event, for a custom meter; without any nothing may be added."""
_FRAMES_PER_CALL = 8


class Decoding:
    """Decodes every frame into columns, and drops them."""

    def __init__(self, name: str, traffic: FramedTraffic, decode: Callable[[Sequence[bytes]], int]) -> None:
        self.name = name
        self._traffic = traffic
        self._decode = decode

    def run(self) -> Run:
        """See `Candidate`."""
        frames, count = self._traffic.frames, 0
        began_s = time.thread_time()
        for first in range(0, len(frames), _FRAMES_PER_CALL):
            count += self._decode(frames[first : first + _FRAMES_PER_CALL])
        cpu_s = time.thread_time() - began_s
        if count != self._traffic.event_count:
            raise StopError(f"{count} events were decoded instead of {self._traffic.event_count}", where=self.name)
        return Run(count, cpu_s)


@click.command()
@click.option("--events", type=click.IntRange(min=1000), default=100_000, show_default=True, help="To be decoded.")
@click.option("--rounds", type=click.IntRange(min=1), default=7, show_default=True, help="The median counts.")
def main(events: int, rounds: int) -> None:
    """Decode plain events as the worker does, in turn as when it read only API requests; calls; and with a meter."""
    traffic = plain_traffic(events)
    now = Decoding("decoding of plain events", traffic, _as_the_worker_does())
    then = Decoding("the same for requests alone", traffic, requests_alone.decode_frames)
    calls = Decoding("decoding of calls to models", call_traffic(events), _as_the_worker_does())
    metered = Decoding("decoding with a custom meter", traffic, _as_the_worker_does(Meters(declared(_METER))))
    progress = Console(stderr=True, highlight=False)
    collect_garbage_like_a_worker()
    measured, reference, with_calls, with_meter = measure_in_turn([now, then, calls, metered], rounds, progress.print)
    target = Target(measured, reference, 1 / AT_MOST)
    ratio = measured.us_per_event / reference.us_per_event
    outcome = "PASS" if target.is_met else "FAIL"
    Console(highlight=False).print(
        f"{outcome}  {measured.name}: {measured.us_per_event:.2f} us/event, "
        f"{ratio:.2f} times the cost of {reference.name} (target: at most {AT_MOST:g} times)",
        style="green" if target.is_met else "red",
    )
    is_call_cheap = _is_cheap(with_calls, measured, CALL_AT_MOST_US)
    is_meter_cheap = _is_cheap(with_meter, measured, METER_AT_MOST_US)
    sys.exit(ExitCode.OK if target.is_met and is_call_cheap and is_meter_cheap else ExitCode.INTERNAL)


def _is_cheap(measured: Measurement, plain: Measurement, at_most_us: float) -> bool:
    extra_us = measured.us_per_event - plain.us_per_event
    is_met = extra_us < at_most_us
    Console(highlight=False).print(
        f"{'PASS' if is_met else 'FAIL'}  {measured.name}: {extra_us:.2f} us/event more than plain ones, "
        f"{measured.us_per_event / plain.us_per_event:.1f} times as much (target: {at_most_us:g} us more)",
        style="green" if is_met else "red",
    )
    return is_met


def plain_traffic(events: int) -> FramedTraffic:
    """Requests without calls to models, tools or agents, in frames as they are shipped."""
    lines = _plain_lines(events)
    return framed(iter(lines), len(lines))


def call_traffic(events: int) -> FramedTraffic:
    """The same requests, each with a call to a model as the newest gateways log it."""
    lines = [line.removesuffix(b"}") + b"," + _CALL + b"}" for line in _plain_lines(events)]
    return framed(iter(lines), len(lines))


def _plain_lines(events: int) -> list[bytes]:
    return [
        line
        for line in Traffic(TrafficPlan(events, bad=0.0, duplicates=0.0)).lines()
        if b'"ai":' not in line and b'"session":' not in line
    ]


_METER = """
[[meters]]
name = "upstream-ms"
format = "kong"
unit = "ms"
value = "response.headers.x-kong-upstream-latency"
"""
_CALL = (
    b'"ai":{"proxy":{"meta":{"plugin_id":"2b7c1f8e-4f0a-4a8e-9d61-7e0f4f1f2a10","provider_name":"openai",'
    b'"request_model":"gpt-4o-mini","response_model":"gpt-4o-mini-2024-07-18","llm_latency":912,'
    b'"request_mode":"oneshot"},"usage":{"prompt_tokens":120,"completion_tokens":48,"total_tokens":168,'
    b'"prompt_tokens_details":{"cached_tokens":64,"audio_tokens":0},"completion_tokens_details":{},'
    b'"cost":0.0000468,"time_per_token":19,"time_to_first_token":305}}}'
)


def collect_garbage_like_a_worker() -> None:
    """Exempt all present objects from garbage collection, and collect new ones as rarely as a worker does."""
    gc.set_threshold(200_000, 20, 20)
    gc.collect()
    gc.freeze()


def _as_the_worker_does(meters: Meters = NO_METERS) -> Callable[[Sequence[bytes]], int]:
    decoders = Decoders(TimeRange(), meters=meters)
    return lambda frames: len(decoders.decode(DEFAULT_FORMAT, frames, ANYWHERE).requests.event_ids)


if __name__ == "__main__":
    main()
