"""A plain Faust agent on the same broker, one event a message: what this project is an answer to."""

import sys

from benchmarks.catching_up import catch_up
from benchmarks.contestants import Run
from benchmarks.measured_child import running_child
from benchmarks.traffic import PARTITIONS, FramedTraffic
from benchmarks.workshop import Workshop


class PlainFaust:
    """`plain_faust_agent` as a process of its own."""

    def __init__(self, name: str, traffic: FramedTraffic, event_count: int, workshop: Workshop) -> None:
        lines = traffic.first_lines(event_count)
        self.name = name
        self._workshop = workshop
        self._event_count = len(lines)
        self._messages = [(number % PARTITIONS, line) for number, line in enumerate(lines)]

    def run(self) -> Run:
        """See `Contestant`."""
        workshop = self._workshop
        topic = workshop.topic_with(self._messages[0])
        note_path = workshop.path / f"{topic}.counted"
        command = [sys.executable, "-m", "benchmarks.plain_faust_agent", "--kafka", workshop.kafka]
        command += ["--topic", topic, "--note", str(note_path)]

        def is_counted(event_count: int) -> bool:
            return note_path.exists() and note_path.read_text() == str(event_count)

        with running_child(command, workshop.path / "plain-faust.log") as agent:
            return catch_up(agent, workshop, topic, self._messages, self._event_count, is_counted)
