"""Everything that a correct meter has to find in a generated log."""

from collections import Counter
from typing import Any

from gatemeter.generator.bad_line import NO_TIME
from gatemeter.generator.facts import RequestFacts
from gatemeter.generator.stream_session import StreamSession
from gatemeter.generator.truth.ai import LlmTruth, ToolsTruth
from gatemeter.generator.truth.latency import LatencyTruth
from gatemeter.generator.truth.usage import StreamsTruth, UsageTruth


class Truth:
    """Counts every line that is written; `document` is what a correct meter has to find."""

    def __init__(self) -> None:
        self._duplicates = 0
        self._dead_letters: Counter[str] = Counter()
        self._usage = UsageTruth()
        self._latency = LatencyTruth()
        self._llm = LlmTruth()
        self._tools = ToolsTruth()
        self._streams = StreamsTruth()

    def count_request(self, facts: RequestFacts) -> None:
        """Count a request that has not been written before."""
        self._usage.count(facts)
        self._latency.count(facts)
        if facts.ai is None:
            return
        for llm_call in facts.ai.llm_calls:
            self._llm.count(facts, llm_call)
        for agent_call in facts.ai.agent_calls:
            self._tools.count(facts, agent_call)

    def count_duplicate(self) -> None:
        """Count a further copy of a request."""
        self._duplicates += 1

    def count_dead_letter(self, reason: str) -> None:
        """Count a line that a meter must file as a dead letter."""
        self._dead_letters[reason] += 1

    def count_stream(self, session: StreamSession) -> None:
        """Count a line that is readable but not an API request."""
        self._streams.count(session)

    def document(self) -> dict[str, Any]:
        """The truth as JSON values; rows are sorted by their first columns."""
        counted, other_kind = self._usage.requests, self._streams.sessions
        dead_letters = self._dead_letters.total()
        return {
            "consumed": counted + self._duplicates + dead_letters + other_kind,
            "counted": counted,
            "duplicates": self._duplicates,
            "dead_letters": dead_letters,
            "dead_letters_by_reason": dict(sorted(self._dead_letters.items())),
            "other_kind": other_kind,
            "license": self._usage.license(self._dead_letters[NO_TIME]),
            "billable": self._usage.billable(),
            "latency": {by: self._latency.rows(by) for by in ("service", "route", "consumer")},
            "llm": self._llm.rows(),
            "tools": self._tools.rows(),
            "streams": self._streams.document(),
        }
