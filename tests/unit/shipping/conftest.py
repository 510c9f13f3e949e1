"""A log, and a follower of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.following import Following


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "access.log"
    path.parent.mkdir()
    return path


@pytest.fixture
def following(log: Path) -> Iterator[Following]:
    following = Following(log.parent, "access.log")
    yield following
    following.close()
