"""A pytest plugin: data directories with an engine's store of all tables, for commands that are given `--data`.

Applying all migrations takes longer than most tests: each directory is a copy of one that was migrated.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gatemeter.wiring.store import open_store
from tests.support.made_once import MakeOnce

NewDirectory = Callable[[Path], Path]
"""Makes a path a data directory with an empty store (the fixture `new_directory`); returns the path."""


def _migrated(folder: Path) -> None:
    with open_store(folder / "data", None, create=True):
        pass


@pytest.fixture(scope="session")
def new_directory(make_once: MakeOnce) -> NewDirectory:
    """Makes data directories with an empty store."""
    migrated = make_once("data-directory", _migrated) / "data"

    def copied(path: Path) -> Path:
        shutil.copytree(migrated, path, symlinks=True)
        return path

    return copied


@pytest.fixture
def data_directory(new_directory: NewDirectory, tmp_path: Path) -> Path:
    """A data directory with an empty store."""
    return new_directory(tmp_path / "data")
