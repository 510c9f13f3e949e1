"""The lower bound of anything that reads these events with msgspec: decoding, and nothing done with the result."""

import time

import msgspec

from benchmarks.contestants import Run
from benchmarks.traffic import FramedTraffic
from gatemeter.events.access_event import KongEvent


class DecodeAlone:
    """`decode_lines` of every frame with the worker's own event type."""

    def __init__(self, name: str, traffic: FramedTraffic) -> None:
        self.name = name
        self._frames = traffic.frames
        self._event_count = traffic.event_count

    def run(self) -> Run:
        """See `Contestant`."""
        decode_lines = msgspec.json.Decoder(KongEvent).decode_lines
        began_s = time.thread_time()
        for frame in self._frames:
            decode_lines(frame)
        return Run(self._event_count, time.thread_time() - began_s)
