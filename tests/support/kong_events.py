"""Hand-composed Kong events: whole ones from files, and small ones where a test names what matters as JSON text."""

from pathlib import Path

HOUR_S = 1_770_112_800
"""2026-02-03 10:00 UTC."""

STARTED_AT_MS = HOUR_S * 1000 + 61_007
MARCH_MS = 1_772_323_200_000
"""2026-03-01 00:00 UTC."""


def recorded(name: str) -> bytes:
    """The event in fixtures/kong/NAME.json, without its line ending."""
    return (Path(__file__).parents[1] / "fixtures" / "kong" / f"{name}.json").read_bytes().rstrip(b"\n")


def event_text(
    *,
    event_id: str | None = '"r-1"',
    started_at: str | int = STARTED_AT_MS,
    method: str = '"GET"',
    request_size: str = "310",
    status: str = "200",
    response_size: str = "1200",
    latencies: str = '{"request":46,"proxy":41,"kong":3}',
    extra: str = "",
) -> bytes:
    """An event of the common shape. Values are JSON text, `extra` adds members, `event_id` None leaves the id out."""
    identity = "" if event_id is None else f'"id":{event_id},'
    return (
        f'{{"request":{{{identity}"method":{method},"size":{request_size}}},'
        f'"response":{{"status":{status},"size":{response_size}}},'
        f'"latencies":{latencies},"started_at":{started_at}{"," if extra else ""}{extra}}}'
    ).encode()


def request_line(event_id: str, *, consumer: str = "con-1", started_at: int = STARTED_AT_MS) -> bytes:
    """A request by `consumer`: 310 bytes in, 1200 out, 46 ms of which 41 upstream and 3 in the gateway."""
    return event_text(event_id=f'"{event_id}"', started_at=started_at, extra=f'"consumer":{{"id":"{consumer}"}}')


def request_ids(count: int) -> list[str]:
    """The ids of `request_lines`."""
    return [f"r-{number}" for number in range(count)]


def request_lines(count: int, consumers: int = 7) -> list[bytes]:
    """Requests with ids of their own, by consumers in turn."""
    return [request_line(name, consumer=f"c-{index % consumers}") for index, name in enumerate(request_ids(count))]
