"""Whatever a message holds, decoding and masking it take time in proportion to its size, and some seconds at most.

The texts are those that such code is slow with: nesting, names and quotes that never end, numbers of many digits.
"""

import random
from collections.abc import Callable, Iterable
from itertools import cycle
from time import process_time

import pytest

from gatemeter.events.access_event import TimeRange
from gatemeter.events.batch import EventBatch
from gatemeter.formats.decoders import Decoders
from gatemeter.wire.frames import DEFAULT_FORMAT
from gatemeter.wire.topics import MAX_EVENT_BYTES
from tests.support.positions import ANYWHERE
from tests.support.slim_lines import slim_line
from tests.support.smoke import smoke

SIZE_BYTES = 16 * 1024
LONGEST_S = 2.0
"""For `SIZE_BYTES`, on a slow machine that does other things as well; it takes a twentieth of it."""
DOUBLED = 3.0
"""The double size may take so many times as long: two, and what the clock adds."""
UNMEASURABLE_S = 0.05
MOST_ATTEMPTS = 8

PIECES = {
    "quotes": b'"',
    "escaped_quotes": b'\\"',
    "backslashes": b"\\",
    "open_names": b'"key":',
    "open_lists": b'"key":[',
    "open_objects": b'{"a":',
    "lists": b"[",
    "lists_of_lists": b"[[],",
    "pairs": b'{"name":"key","value":1},',
    "words": b"a-",
    "digits": b"9",
    "fraction": b"1.",
    "colons": b"a:",
    "schemes": b"://",
    "logins": b"u:p@",
    "blanks": b" ",
    "newlines": b"\n",
    "numbers_on_lines": b"5\n",
    "empty_objects": b"{}\n",
    "cut_objects": b'{"a"\n',
    "nul": b"\x00",
    "not_utf8": b"\xff",
    "surrogates": b"\\ud800",
    "marks": b"\xef\xbb\xbf",
}
FRAMES: dict[str, Callable[[bytes], bytes]] = {
    "alone": lambda text: text,
    "in_an_event": lambda text: b'{"request":{},"response":{},"x":' + text + b"}",
    "in_a_text": lambda text: b'{"request":{},"x":"' + text.replace(b'"', b"'").replace(b"\\", b"/") + b'"}',
    "as_a_name": lambda text: b'{"request":{},"' + text.replace(b'"', b"'").replace(b"\\", b"/") + b'":1}',
    "as_an_id": lambda text: b'{"request":{"id":"' + text.replace(b'"', b"'").replace(b"\\", b"/") + b'"}}',
    "as_a_time": lambda text: b'{"started_at":' + text + b',"request":{}}',
    "in_ai": lambda text: b'{"request":{},"ai":{"proxy":{"usage":{"cost":' + text + b"}}}}",
}
DECODERS = Decoders(TimeRange())


def decoded(message: bytes) -> tuple[EventBatch, float]:
    started_s = process_time()
    batch = DECODERS.decode(DEFAULT_FORMAT, [message], ANYWHERE)
    return batch, process_time() - started_s


def decoding_s(message: bytes) -> float:
    return decoded(message)[1]


def cutting_s(message: bytes) -> float:
    started_s = process_time()
    for log_format in ("kong-log", "cloudevents", "otlp", "nginx-combined"):
        slim_line(log_format, message)
    return (process_time() - started_s) / 4


def require_linear(build: Callable[[int], bytes], took_s: Callable[[bytes], float] = decoding_s) -> None:
    """Other processes take time from this one, and never give it any: the shortest of some attempts counts."""
    once, twice = build(SIZE_BYTES), build(2 * SIZE_BYTES)
    once_s = twice_s = float("inf")
    for _ in range(MOST_ATTEMPTS):
        once_s, twice_s = min(once_s, took_s(once)), min(twice_s, took_s(twice))
        if once_s < LONGEST_S and twice_s < max(DOUBLED * once_s, UNMEASURABLE_S):
            return
    raise AssertionError(f"{once_s:.3f} s, and {twice_s:.3f} s for the double size")


def in_turns(frames: Iterable[str]) -> list[tuple[str, str]]:
    """Every piece in every frame; those come first that take each piece once, in one frame after the other."""
    named = list(frames)
    turns = [list(zip(PIECES, cycle(named[first:] + named[:first]), strict=False)) for first in range(len(named))]
    return [pair for turn in turns for pair in turn]


ONCE = "each piece in one of the frames, and each frame with some pieces, are in `make test`"


@pytest.mark.parametrize(("piece", "frame"), smoke(in_turns(FRAMES), len(PIECES), reason=ONCE))
def test_time_grows_with_the_size_alone(piece: str, frame: str) -> None:
    def build(size: int) -> bytes:
        return FRAMES[frame](PIECES[piece] * (size // len(PIECES[piece])))

    require_linear(build)


IN_DATA: dict[str, Callable[[bytes], bytes]] = {
    "in_data": lambda text: b'{"specversion":"1.0","type":"t","source":"s","id":"1","data":' + text + b"}",
    "in_an_answer": lambda text: (
        b'{"started_at":1770112861007,"request":{},"response":{},"ai":{"proxy":{"meta":{},"payload":{"response":"usage '
        + text.replace(b'"', b"'").replace(b"\\", b"/")
        + b'"}}}}'
    ),
}


@pytest.mark.parametrize(
    ("piece", "frame"), smoke(in_turns(["in_an_event", "in_data", "in_an_answer", "in_ai"]), len(PIECES), reason=ONCE)
)
def test_cutting_takes_time_by_the_size_alone(piece: str, frame: str) -> None:
    frames = FRAMES | IN_DATA
    require_linear(lambda size: frames[frame](PIECES[piece] * (size // len(PIECES[piece]))), cutting_s)


@pytest.mark.parametrize("frame", ["in_data", "in_ai"])
def test_cutting_deep_objects_takes_time_by_the_size(frame: str) -> None:
    def build(size: int) -> bytes:
        depth = min(size // 10, 900)
        nested = b'{"a":' * depth + b'"' + b"x" * (size - 6 * depth) + b'"' + b"}" * depth
        frames = FRAMES | IN_DATA
        return frames[frame](nested)

    require_linear(build, cutting_s)


def test_lines_of_any_pieces_take_time_by_their_size() -> None:
    rng = random.Random(7)
    pieces = [*PIECES.values(), b'"request":{', b'"consumer":{"id":"', b'"ai":{"mcp":{"rpc":[', b"}", b"]", b","]
    lines = [b"{" + b"".join(rng.choices(pieces, k=60)) for _ in range(250)]
    require_linear(lambda size: b"\n".join(lines * (size // SIZE_BYTES)))


NUMBERED = {
    "plugins": (b'"ai":{', b'"p%d":{"usage":{}}', b"}"),
    "plugins_of_plugins": (b'"ai":{"proxy":{', b'"p%d":{"meta":{"plugin_id":"x"}}', b"}}"),
    "agent_calls": (b'"ai":{"mcp":{"rpc":[', b'{"method":"m%d","error":{"code":1}}', b"]}}"),
    "usage_fields": (b'"ai":{"proxy":{"usage":{', b'"u%d":1', b"}}}"),
    "workspaces": (b'"workspaces":[', b'{"id":"w%d"}', b"]"),
    "members": (b'"x":{', b'"m%d":[1]', b"}"),
}
"""Members of an event whose names or values all differ: how it begins, one of them, how it ends."""


@pytest.mark.parametrize("shape", NUMBERED)
def test_many_different_members_take_time_by_their_size(shape: str) -> None:
    begin, member, end = NUMBERED[shape]

    def build(size: int) -> bytes:
        members = b",".join(member % number for number in range(size // len(member)))
        return b'{"request":{},"response":{"status":200},"started_at":1770112861007,' + begin + members + end + b"}"

    require_linear(build)


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda: b"\n".join([b'{"a":1,' + b"a-" * 8_000] * 1_000), id="a_thousand_hostile_lines"),
        pytest.param(lambda: b"[" + b"{}," * 1_300_000 + b"{}]", id="an_array_of_a_million"),
        pytest.param(lambda: b"\n" * 60_000_000, id="sixty_million_newlines"),
        pytest.param(
            lambda: b"{}\n" * 900_000,
            marks=pytest.mark.long(reason="takes seconds; many newlines and many hostile lines are in `make test`"),
            id="many_odd_lines",
        ),
        pytest.param(lambda: b'[["x"],' * 9_000_000, id="sixty_megabytes_of_lists"),
        pytest.param(
            lambda: b'{"' + b"n" * 2_000_000 + b'\xff":{' + b'"a":"\xff",' * 150_000 + b'"b":1}}', id="a_long_name"
        ),
    ],
)
def test_a_message_of_many_megabytes_takes_seconds(build: Callable[[], bytes]) -> None:
    message = build()
    batch, took_s = decoded(message)
    assert took_s < 15
    assert 1 <= batch.event_count <= 20_000
    assert sum(len(each.original) for each in batch.rejections) <= len(message)
    assert all(len(each.original) <= MAX_EVENT_BYTES for each in batch.rejections)
