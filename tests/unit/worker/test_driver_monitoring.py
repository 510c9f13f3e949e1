"""What the driver, the agent and the flusher record in the worker's state."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest
from faust.transport.consumer import Consumer as StockConsumer

from gatemeter.errors import RetryableError
from gatemeter.monitoring.snapshot import Flow, Snapshot
from gatemeter.schema import API_USAGE
from gatemeter.sources.contiguity import CoveringRecords
from tests.support.driver_rig import P0, P1, Rig, driver, records
from tests.support.waiting import QUIET_S

Scenario = Callable[[Rig], Awaitable[None]]


@pytest.fixture
def in_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Scenario], None]:
    """Runs a scenario with a rig."""

    def runner(scenario: Scenario) -> None:
        async def inside() -> None:
            async with driver(tmp_path, monkeypatch) as rig:
                await scenario(rig)

        asyncio.run(asyncio.wait_for(inside(), timeout=QUIET_S))

    return runner


InDriver = Callable[[Scenario], None]


def state_of(rig: Rig) -> Snapshot:
    return rig.context.state.snapshot()


def test_an_assignment_passes_through_its_phases(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        assert state_of(rig).flow is Flow.JOINING
        rig.consumer.stop_flow()
        assert state_of(rig).flow is Flow.REBALANCING
        await rig.consumer.perform_seek()
        assert state_of(rig).flow is Flow.SOUGHT
        rig.consumer.resume_flow()
        now = state_of(rig)
        assert now.flow is Flow.FLOWING
        assert {number: each.next_offset for number, each in now.partitions.items()} == {0: 0, 1: 0}

    in_driver(scenario)


def test_a_seek_under_way_is_recorded(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        seen: list[Flow] = []

        async def seek_wait(_positions: object) -> None:
            seen.append(state_of(rig).flow)

        monkeypatch.setattr(rig.consumer, "seek_wait", seek_wait)
        await rig.consumer.perform_seek()
        assert seen == [Flow.SEEKING]

    in_driver(scenario)


def test_revoked_partitions_are_removed_from_the_state(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.consumer.stop_flow()
        monkeypatch.setattr(rig.consumer, "assignment", lambda: set())
        rig.consumer.resume_flow()  # without a seek, as Faust does it where nothing was assigned
        assert (state_of(rig).flow, state_of(rig).partitions) == (Flow.FLOWING, {})

    in_driver(scenario)


def test_counted_events_and_written_rows_are_recorded(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.fetches = [{P0: CoveringRecords([*records(0, 12), *records(11, 12)], 0)}]
        await rig.count(await rig.deliver())
        now = state_of(rig)
        assert (now.events.consumed, now.events.counted) == (12, 12)
        assert (now.partitions[0].next_offset, now.partitions[0].last_time_ms) == (12, records(0, 1)[0].timestamp)
        assert (now.waiting_rows > 0, now.open_epochs) == (True, 2)
        await rig.context.flusher.flush()
        now = state_of(rig)
        assert (now.waiting_rows, now.open_epochs) == (0, 1)
        assert now.flush.written_rows[API_USAGE.name] == len(rig.sink.rows(API_USAGE))

    in_driver(scenario)


def test_a_rewind_is_recorded_with_its_events(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()
        rig.fetches = [{P0: records(3, 6)}, {P0: records(0, 6)}]
        await rig.deliver()
        await rig.count(await rig.deliver())
        assert (state_of(rig).rewinds, state_of(rig).events.counted) == (1, 6)

    in_driver(scenario)


@pytest.mark.parametrize(("taken", "committed"), [(True, {0: 20, 1: None}), (False, {0: None, 1: None})])
def test_only_an_accepted_commit_is_recorded(
    taken: bool, committed: dict[int, int | None], in_driver: InDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.seek_and_resume()

        async def write(_offsets: Mapping[int, int]) -> bool:
            return taken

        monkeypatch.setattr(rig.consumer._commits, "write", write)
        assert await rig.consumer._commit({P0: 20}) is taken
        now = state_of(rig)
        assert {number: each.committed_offset for number, each in now.partitions.items()} == committed
        assert (now.last_commit_s is not None) is taken

    in_driver(scenario)


def test_back_pressure_is_recorded_while_the_agent_waits(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        seen: list[tuple[bool, bool]] = []
        write = rig.sink.write

        def refuse_once(batch: object) -> None:
            now = state_of(rig)
            seen.append((now.is_held, now.flush.sink_answers))
            if len(seen) == 1:
                raise RetryableError("away", retry_after_s=0.01)
            write(batch)  # type: ignore[arg-type]

        await rig.seek_and_resume()
        monkeypatch.setattr(rig.sink, "write", refuse_once)
        monkeypatch.setattr(rig.context.flusher, "_row_limit", 1)
        assert not state_of(rig).is_held
        rig.fetches = [{P1: records(0, 4, partition=1)}]
        await rig.count(await rig.deliver())
        now = state_of(rig)
        assert seen == [(True, True), (True, False)]
        assert (now.is_held, now.held_s > 0, now.flush.sink_answers, now.flush.failures) == (False, True, True, 1)

    in_driver(scenario)


def test_a_stop_is_recorded_and_stays_so(in_driver: InDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(rig: Rig) -> None:
        async def commit(_self: object) -> None:
            """Nobody to commit to."""

        monkeypatch.setattr(StockConsumer, "commit_and_end_transactions", commit)
        await rig.seek_and_resume()
        await rig.consumer.on_stop()
        rig.consumer.resume_flow()
        assert state_of(rig).flow is Flow.STOPPING

    in_driver(scenario)
