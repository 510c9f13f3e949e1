"""Puts faults into the product: wraps the methods that fault points name, within this process only."""

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

from tests.support.crash.fault_points import FAULT_POINTS, FaultPoint, Side
from tests.support.crash.faults import Act, Fault, FaultPlan

_FETCHES, _FETCH_S, _FETCH_RECORDS = 10, 1.0, 6


def install(fault_plan: FaultPlan) -> None:
    """Let everything of `fault_plan` but its control happen in this process."""
    for fault in fault_plan.faults:
        _set_hook(FAULT_POINTS[fault.point], fault)
    chance = Random(fault_plan.seed)
    if fault_plan.drop_chunks:
        _drop_chunks(lambda: chance.random() < fault_plan.drop_chunks)
    if fault_plan.drop_first_chunks:
        numbers = itertools.count()
        _drop_chunks(lambda: next(numbers) < fault_plan.drop_first_chunks)
    if fault_plan.drop_records:
        _drop_records(fault_plan.drop_records, chance)
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
        """Trip if it is time; the seconds to wait."""
        if point.table is not None and arguments[1].table.name != point.table:
            return 0.0
        if next(passes) != fault.passes and fault.passes:
            return 0.0
        return _trip(fault)

    setattr(owner, point.method, _wrapped(method, point.side, pause_s))


def _trip(fault: Fault) -> float:
    if fault.act is Act.DELAY:
        return fault.seconds
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


def _drop_records(share: float, chance: Random) -> None:
    from gatemeter.worker import driver

    wait_next_records = driver.Consumer._wait_next_records

    async def some(self: Any, timeout: float) -> Any:  # noqa: ASYNC109 - Faust's
        records, active = await wait_next_records(self, timeout)
        kept = {tp: batch for tp, batch in (records or {}).items() if chance.random() >= share}
        return kept, active

    driver.Consumer._wait_next_records = some


def _lose_fetch() -> None:
    """Fetch between assignment and seek, and throw it away, as the stock driver does with what is then under way."""
    from gatemeter.worker import driver

    perform_seek = driver.Consumer.perform_seek

    async def late(self: driver.Consumer) -> None:
        assigned, flow_active = self.assignment(), self.flow_active
        self.flow_active = True  # without it the thread would fetch nothing
        for _ in range(_FETCHES):
            if not assigned or await _fetch_some(self._thread, assigned):
                break
        self.flow_active = flow_active
        await perform_seek(self)

    driver.Consumer.perform_seek = late  # type: ignore[method-assign]


async def _fetch_some(thread: Any, assigned: Any) -> Any:
    """As `getmany`, but few: a partition that is lost to its end would never be seen to be complete."""
    consumer = thread._ensure_consumer()
    return await thread.call_thread(
        thread._fetch_records, consumer, assigned, timeout=_FETCH_S, max_records=_FETCH_RECORDS
    )
