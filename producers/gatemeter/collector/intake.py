"""One request: from its body to the answer that its events are stored."""

import asyncio
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request

from gatemeter.clock import Clock
from gatemeter.collector.admission import Access, MemoryBudget, MemoryShare, gateway_of
from gatemeter.collector.bodies import event_lines, media_type_of
from gatemeter.collector.body_positions import BodyPositions
from gatemeter.collector.content_coding import unpacked
from gatemeter.collector.delivery import Delivery
from gatemeter.collector.limits import CollectorLimits
from gatemeter.collector.shared_frames import Stream
from gatemeter.events.access_event import TimeRange
from gatemeter.formats.event_counter import EventCounter
from gatemeter.formats.explain import explain_decoding
from gatemeter.formats.format import Format
from gatemeter.formats.http_intake import HttpBody
from gatemeter.httpserver.limits import TooLargeError, TooSlowError, read_body
from gatemeter.httpserver.problem import Answer, ProblemError, problem

REJECTED_HEADER = "x-gatemeter-rejected"
_RETRY_S = 1.0
_LINES_BETWEEN_TURNS = 100
_MOST_NAMED = 10
_JSON = "application/json"
_COPIES = 2
"""A line is in the body, and again in a frame."""

OnEvents = Callable[[str, int, int], None]


class Intake:
    """Takes requests; `on_events(format, events, rejected)` is called for those that are stored."""

    def __init__(
        self,
        delivery: Delivery,
        access: Access,
        memory: MemoryBudget,
        limits: CollectorLimits,
        clock: Clock,
        on_events: OnEvents,
    ) -> None:
        self._delivery = delivery
        self._access = access
        self._memory = memory
        self._limits = limits
        self._clock = clock
        self._on_events = on_events
        self._counter = EventCounter(TimeRange())
        self._positions = BodyPositions()

    async def answer(self, request: Request, read_by: Format, accepted: int) -> Answer:
        """The answer to a request with events of `read_by`; `accepted` is the status that says so.

        Raises ProblemError, and ClientDisconnect of Starlette.
        """
        headers = dict(request.headers)
        token = self._access.token(headers, read_by.name)
        stream = Stream(read_by.name, gateway_of(headers, token))
        with self._memory.share() as memory:
            body = await self._body(request, memory)
            until_s = self._clock.monotonic_s() + self._limits.answer_s
            body = unpacked(body, headers.get("content-encoding", ""), self._limits.body_bytes)
            memory.take(_COPIES * len(body))
            try:
                lines = event_lines(body, headers, read_by)
            except ProblemError as error:
                return _refusal(error, read_by, media_type_of(headers))
            self._access.count(token, len(lines))
            if request.query_params.get("strict", "") not in ("", "0", "false"):
                await _check(lines, read_by.name)
            sender = "" if token is None else token.name
            positions = self._positions.of(lines, headers, sender) if read_by.needs_positions else []
            try:
                rejected = await self._store(stream, lines, positions, until_s)
            except BaseException:
                self._positions.doubt(positions, lines, sender)
                raise
        self._on_events(read_by.name, len(lines), rejected)
        return _accepted(accepted, len(lines), rejected, read_by, media_type_of(headers))

    async def _body(self, request: Request, memory: MemoryShare) -> bytes:
        try:
            return await read_body(request, self._limits.body_bytes, self._limits.body_s, memory.take)
        except TooLargeError as error:
            raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"{error.what}; send fewer events") from error
        except TooSlowError as error:
            raise ProblemError(HTTPStatus.REQUEST_TIMEOUT, error.what) from error

    async def _store(self, stream: Stream, lines: Sequence[bytes], positions: Any, until_s: float) -> int:
        """Store the lines; the number of events among them that cannot be counted. Raises ProblemError (503)."""
        storing = asyncio.ensure_future(self._delivery.store(stream, lines, positions))
        try:
            rejected = await self._rejected(lines, stream.log_format)
            async with asyncio.timeout(until_s - self._clock.monotonic_s()):
                is_stored = await storing
        except TimeoutError:
            is_stored = False
        finally:
            storing.cancel()
        if not is_stored:
            what = "Kafka has not acknowledged all events; send them again"
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, what, retry_after_s=_RETRY_S)
        return rejected

    async def _rejected(self, lines: Sequence[bytes], log_format: str) -> int:
        """How many events cannot be counted; counted while the brokers store them."""
        rejected = 0
        for index, line in enumerate(lines):
            if index % _LINES_BETWEEN_TURNS == 0:
                await asyncio.sleep(0)
            rejected += self._counter.count(log_format, line).dead_letters
        return rejected


async def _check(lines: Sequence[bytes], log_format: str) -> None:
    """Raises ProblemError (400) that names the first elements that cannot be counted."""
    errors: list[dict[str, Any]] = []
    for index, line in enumerate(lines):
        if index % _LINES_BETWEEN_TURNS == 0:
            await asyncio.sleep(0)
        errors += [
            {"element": index, "reason": each.reason, "detail": each.detail}
            for each in explain_decoding(line, TimeRange(), log_format)
            if each.event is None
        ]
    if errors or not lines:
        what = f"{len(errors)} events cannot be counted; none is stored" if errors else "the body holds no event"
        raise ProblemError(HTTPStatus.BAD_REQUEST, what, members={"errors": errors[:_MOST_NAMED]})


def _refusal(error: ProblemError, read_by: Format, media_type: str) -> Answer:
    http = read_by.http
    if http.failure is None or error.status is not HTTPStatus.BAD_REQUEST or media_type != http.binary_media_type:
        return problem(error)
    body = http.failure(error.what)
    return Answer(int(error.status), body.content, body.media_type)


def _accepted(status: int, events: int, rejected: int, read_by: Format, media_type: str) -> Answer:
    headers = {REJECTED_HEADER: str(rejected)} if rejected else {}
    if status == HTTPStatus.NO_CONTENT:
        return Answer(status, headers=headers)
    http = read_by.http
    if http.answer is not None and status == HTTPStatus.OK:
        body = http.answer(rejected, media_type)
    else:
        body = HttpBody(_JSON, msgspec.json.encode({"events": events, "rejected": rejected}))
    return Answer(status, body.content, body.media_type, headers)
