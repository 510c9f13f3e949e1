"""A pytest plugin: of several workers of xdist, each prepares a part of the test files for all of them.

pytest rewrites the assertions of each file and keeps the result beside it. In a fresh clone, workers that start
together would all rewrite the same files at the same time, one after the other, which takes as long as the rest of what
they do before their first test. Here each begins with files that no other begins with, and finds the others done.
"""

import os
import sys
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

TESTS = Path(__file__).parent.parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Rewrite this worker's part of the files that are not yet, before it looks for tests in any."""
    is_kept = session.config.getoption("assertmode") == "rewrite" and not sys.dont_write_bytecode
    if "PYTEST_XDIST_WORKER" in os.environ and is_kept:
        number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
        for path in sorted(TESTS.rglob("test_*.py"))[number :: int(os.environ["PYTEST_XDIST_WORKER_COUNT"])]:
            _rewrite(path, session.config)


def _rewrite(path: Path, config: pytest.Config) -> None:
    """What pytest does when it imports a test file, without running it: it has no other name for that."""
    kept = rewrite.get_cache_dir(path) / (path.stem + rewrite.PYC_TAIL)
    if rewrite._read_pyc(path, kept) is None and rewrite.try_makedirs(kept.parent):
        source_stat, code = rewrite._rewrite_test(path, config)
        rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, source_stat, kept)
