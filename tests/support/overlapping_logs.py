"""Two files with events of each other, and one with all of them: requests, calls of all kinds, sessions, bad lines."""

from collections.abc import Sequence
from pathlib import Path

from tests.support.kong_events import STARTED_AT_MS, event_text

OVERLAP = slice(20, 45)


def ai_line(number: int) -> bytes:
    """A call to a model that has a price, and one to a tool, by consumer c0, c1 or c2."""
    return event_text(
        event_id=f'"ai{number}"',
        started_at=STARTED_AT_MS + number * 600_000,
        latencies=f'{{"request":{50 + number},"proxy":{40 + number},"kong":3}}',
        extra=f'"consumer":{{"id":"c{number % 3}"}},"ai":{{"proxy":{{"meta":{{"provider_name":"openai",'
        '"request_model":"gpt-4o-mini","response_model":"gpt-4o-mini"},'
        f'"usage":{{"prompt_tokens":{1000 + number},"completion_tokens":9,"cost":0.0123}}}},'
        f'"mcp":{{"mcp_session_id":"s{number}","rpc":[{{"method":"tools/call","tool_name":"t","latency":3}}]}}}}',
    )


def lines() -> list[bytes]:
    found: list[bytes] = []
    for number in range(40):
        started_at = STARTED_AT_MS + number * 7_200_000
        consumer, request_ms = f'"consumer":{{"id":"c{number % 3}"}}', 20 + 3 * number
        latencies = f'{{"request":{request_ms},"proxy":41}}'
        found.append(event_text(event_id=f'"r{number}"', started_at=started_at, latencies=latencies, extra=consumer))
        if number % 3 == 0:
            found.append(ai_line(number))
        if number % 8 == 0:
            found += [
                b'{"session":{"received":4,"sent":5},"started_at":%d}' % started_at,
                found[-1],
                b"torn %d" % number,
            ]
    return found


def write(path: Path, events: Sequence[bytes]) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in events))
    return path


def overlapping(folder: Path) -> tuple[Path, Path, Path]:
    """Two files that share the lines `OVERLAP`, and one of all lines."""
    events = lines()
    shared, rest = events[OVERLAP], events[OVERLAP.stop :]
    one = write(folder / "one.log", events[: OVERLAP.stop])
    two = write(folder / "two.log", [rest[0], *shared, *rest[1:]])
    return one, two, write(folder / "all.log", events)


def copies() -> int:
    """How many events both files count: no bad lines, and copies near by only once."""
    return len(_readable(lines()[OVERLAP]))


def near_copies() -> int:
    """How many events metering either file drops, because they came before in it."""
    files = lines()[: OVERLAP.stop], lines()[OVERLAP.start :]
    return sum(len([line for line in file if not _is_torn(line)]) - len(_readable(file)) for file in files)


def _readable(events: Sequence[bytes]) -> set[bytes]:
    return {line for line in events if not _is_torn(line)}


def _is_torn(line: bytes) -> bool:
    return line.startswith(b"torn")
