"""What several tests of the streams stage start from."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.logfiles.lines import BATCH_LINES
from tests.support.driver_rig import InDriver, Rig, driver
from tests.support.waiting import QUIET_S


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "access.log"


@pytest.fixture
def sink() -> MemorySink:
    return MemorySink()


@pytest.fixture
def _small_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatemeter.sources.file_log.EPOCH_LINES", BATCH_LINES)


@pytest.fixture
def in_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InDriver:
    def runner(scenario: Callable[[Rig], Awaitable[None]]) -> None:
        async def inside() -> None:
            async with driver(tmp_path, monkeypatch) as rig:
                await scenario(rig)

        asyncio.run(asyncio.wait_for(inside(), timeout=QUIET_S))

    return runner
