"""Carries a fault plan out: wraps the methods that its fault points name, within this process only."""

import asyncio
import importlib
import inspect
import itertools
import os
import signal
import time
from collections.abc import Callable
from random import Random
from typing import Any

from tests.support.crash.fault_plan import FAULT_POINTS, Act, Fault, FaultPlan, FaultPoint, Side

_FETCHES, _FETCH_S, _FETCH_RECORDS = 10, 1.0, 6


def install(fault_plan: FaultPlan) -> None:
    """Let everything in `fault_plan` but its control happen in this process."""
    for fault in fault_plan.faults:
        _set_hook(FAULT_POINTS[fault.point], fault)
    rng = Random(fault_plan.seed)
    if fault_plan.drop_chunks:
        _drop_chunks(lambda: rng.random() < fault_plan.drop_chunks)
    if fault_plan.drop_first_chunks:
        numbers = itertools.count()
        _drop_chunks(lambda: next(numbers) < fault_plan.drop_first_chunks)
    if fault_plan.drop_records:
        _drop_records(fault_plan.drop_records, rng)
    if fault_plan.lose_fetch:
        _lose_fetch()


def owner_of(point: FaultPoint) -> Any:
    """The class or module that holds the point's method."""
    module, _, class_name = point.owner.partition(":")
    found = importlib.import_module(module)
    return getattr(found, class_name) if class_name else found


def _set_hook(point: FaultPoint, fault: Fault) -> None:
    owner = owner_of(point)
    method = getattr(owner, point.method)
    passes = itertools.count(1)

    def pause_s(arguments: tuple[Any, ...]) -> float:
        """Act if this is the pass to act at; the seconds to wait."""
        if point.table is not None and arguments[1].table.name != point.table:
            return 0.0
        if next(passes) != fault.passes and fault.passes:
            return 0.0
        return _act(fault)

    setattr(owner, point.method, _wrapped(method, point.side, pause_s))


def _act(fault: Fault) -> float:
    if fault.act is Act.DELAY:
        return fault.delay_s
    os.kill(os.getpid(), signal.SIGKILL if fault.act is Act.KILL else signal.SIGSTOP)
    return 0.0


def _wrapped(method: Any, side: Side, pause_s: Callable[[tuple[Any, ...]], float]) -> Any:
    if inspect.iscoroutinefunction(method):

        async def asynchronous(*arguments: Any, **options: Any) -> Any:
            if side is Side.BEFORE:
                await asyncio.sleep(pause_s(arguments))
            result = await method(*arguments, **options)
            if side is Side.AFTER:
                await asyncio.sleep(pause_s(arguments))
            return result

        return asynchronous

    def synchronous(*arguments: Any, **options: Any) -> Any:
        if side is Side.BEFORE:
            time.sleep(pause_s(arguments))
        result = method(*arguments, **options)
        if side is Side.AFTER:
            time.sleep(pause_s(arguments))
        return result

    return synchronous


def _drop_chunks(is_lost: Callable[[], bool]) -> None:
    from gatemeter.worker import driver

    messages_of = driver.Consumer._messages

    def some(self: Any, *arguments: Any) -> Any:
        return [message for message in messages_of(self, *arguments) if not is_lost()]

    driver.Consumer._messages = some  # type: ignore[method-assign, assignment]


def _drop_records(share: float, rng: Random) -> None:
    from gatemeter.worker import driver

    wait_next_records = driver.Consumer._wait_next_records

    async def some(self: Any, timeout: float) -> Any:  # noqa: ASYNC109 - Faust's
        records, active = await wait_next_records(self, timeout)
        kept = {tp: batch for tp, batch in (records or {}).items() if rng.random() >= share}
        return kept, active

    driver.Consumer._wait_next_records = some


def _lose_fetch() -> None:
    """Fetch between assignment and seek and throw the records away, as the stock driver does with a fetch under way."""
    from gatemeter.worker import driver

    perform_seek = driver.Consumer.perform_seek

    async def seek_after_a_fetch(self: driver.Consumer) -> None:
        assigned, flow_active = self.assignment(), self.flow_active
        self.flow_active = True  # without it the thread would fetch nothing
        for _ in range(_FETCHES):
            if not assigned or await _fetch_some(self._thread, assigned):
                break
        self.flow_active = flow_active
        await perform_seek(self)

    driver.Consumer.perform_seek = seek_after_a_fetch  # type: ignore[method-assign]


async def _fetch_some(thread: Any, assigned: Any) -> Any:
    """As `getmany`, but few records: a partition that is lost to its end would never be seen to be complete."""
    consumer = thread._ensure_consumer()
    return await thread.call_thread(
        thread._fetch_records, consumer, assigned, timeout=_FETCH_S, max_records=_FETCH_RECORDS
    )
