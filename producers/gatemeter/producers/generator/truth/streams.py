"""Stream sessions: how many, and what passed between client and gateway."""

from gatemeter.producers.generator.stream_session import StreamSession


class StreamsTruth:
    """Takes note of sessions."""

    def __init__(self) -> None:
        self.sessions = 0
        self._received_bytes = 0
        self._sent_bytes = 0

    def count(self, session: StreamSession) -> None:
        """One session."""
        self.sessions += 1
        self._received_bytes += session.received_bytes
        self._sent_bytes += session.sent_bytes

    def document(self) -> dict[str, int]:
        """The sums over everything."""
        return {
            "sessions": self.sessions,
            "received_bytes": self._received_bytes,
            "sent_bytes": self._sent_bytes,
        }
