"""What proves exactly-once is split between `make test` and `make test-all`: nothing may fall out of both."""

import os
import re
import subprocess
import sys

import pytest

from gatemeter.schema import CORRECTIONS, COUNTED_ENDS, TABLES
from gatemeter.schema.rungs import USAGE_TOUCHES
from tests.support.crash.fault_hooks import owner_of
from tests.support.crash.fault_plan import FAULT_POINTS, STEPS, WRITTEN_TABLES, Side
from tests.support.crash.guards_off import CONTROLS
from tests.support.gatemeter_command import environment
from tests.support.protocol_model.variants import COMPACTION, RETENTION, SCENARIOS, UNGUARDED
from tests.support.repository import ROOT

PLACES = ["tests/crash", "tests/property/test_protocol_model.py"]
LIST_TESTS = f"""
import pytest

class Lister:
    def pytest_collection_finish(self, session):
        for item in session.items:
            is_run = not any(item.get_closest_marker(name) for name in ("skip", "skipif", "xfail"))
            if is_run and hasattr(item, "callspec"):
                print("TEST", item.get_closest_marker("long") is not None, item.originalname, item.callspec.id, sep="|")

raise SystemExit(pytest.main(["--collect-only", "--quiet", "-p", "no:cacheprovider", *{PLACES}], [Lister()]))
"""
"""Lists the tests that are run. In another process: pytest cannot collect within one of its tests."""

Parameters = dict[str, set[str]]
"""By test function, the ids of the parameters that it is collected with."""


@pytest.fixture(scope="module")
def collected() -> list[tuple[str, str, str]]:
    """Whether it is marked long, function and parameter of every test with parameters."""
    command = [sys.executable, "-c", LIST_TESTS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stdout + done.stderr
    return re.findall(r"^TEST\|(\w+)\|(\w+)\|(.+)$", done.stdout, re.MULTILINE)


@pytest.fixture(scope="module")
def everything(collected: list[tuple[str, str, str]]) -> Parameters:
    """What `make test-all` runs."""
    return by_test(collected)


@pytest.fixture(scope="module")
def smoke(collected: list[tuple[str, str, str]]) -> Parameters:
    """What `make test` runs."""
    return by_test([test for test in collected if test[0] == "False"])


def by_test(tests: list[tuple[str, str, str]]) -> Parameters:
    found: Parameters = {}
    for _, test, parameter in tests:
        found.setdefault(test, set()).add(parameter)
    return found


def of_tests(parameters: Parameters, words: str) -> set[str]:
    """The parameters of all tests whose name matches `words`."""
    return set().union(*(ids for test, ids in parameters.items() if re.search(words, test)))


def test_a_worker_is_killed_at_every_fault_point(everything: Parameters) -> None:
    assert of_tests(everything, "^test_killed_at_a_fault_point$") == set(FAULT_POINTS)


def test_no_step_table_or_scenario_was_removed() -> None:
    removed = "was removed from what workers are killed at: is that step gone from the worker, too?"
    assert len(STEPS) == 20, f"a step {removed}"
    tables = {table.name for table in (USAGE_TOUCHES, *TABLES, COUNTED_ENDS)} - {CORRECTIONS.name}
    assert set(WRITTEN_TABLES) == tables, f"a table {removed}"
    kinds = (SCENARIOS, RETENTION, COMPACTION, UNGUARDED, CONTROLS)
    assert [len(kind) for kind in kinds] == [7, 2, 2, 7, 4], "a scenario, a variant or a control was removed"


def test_the_two_targets_leave_out_nothing_else() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = dict(re.findall(r"^(test|test-all): .*\n\t.*pytest (.*)$", makefile, re.MULTILINE))
    assert commands == {"test": "$(IN_PARALLEL) -m 'not long' $(ARGS)", "test-all": "$(IN_PARALLEL) $(ARGS)"}


def test_make_lets_python_keep_what_it_has_compiled() -> None:
    """The image of a container may forbid it, and then each command that a test starts compiles all it imports."""
    show = "shown: ; @echo kept: $${PYTHONDONTWRITEBYTECODE-yes}"
    told = {**environment(), "PYTHONDONTWRITEBYTECODE": "1"}
    command = ["make", "--no-print-directory", f"--eval={show}", "shown"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=told)
    assert done.stdout == "kept: yes\n", done.stderr


def test_every_step_and_every_table_has_both_fault_points() -> None:
    steps = [*STEPS, *(f"write.{table}" for table in WRITTEN_TABLES)]
    assert set(FAULT_POINTS) == {f"{step}.{side}" for step in steps for side in Side}
    assert all(callable(getattr(owner_of(point), point.method)) for point in FAULT_POINTS.values())


def test_every_control_is_run(everything: Parameters) -> None:
    assert of_tests(everything, "_(is|are)_seen$") == set(CONTROLS)


def test_every_scenario_and_variant_of_the_protocol_is_explored(everything: Parameters) -> None:
    assert of_tests(everything, "^test_every_order_of_events") == set(SCENARIOS)
    assert of_tests(everything, "^test_deleted_messages_are_named") == set(RETENTION)
    assert of_tests(everything, "^test_messages_that_compaction_takes_away") == set(COMPACTION)
    assert of_tests(everything, "goes_wrong$|ledger_written_first|takes_counts_back$") == set(UNGUARDED)


def test_a_smoke_of_each_kind_is_in_the_short_suite(smoke: Parameters) -> None:
    points = of_tests(smoke, "^test_killed_at_a_fault_point$")
    steps = {FAULT_POINTS[point].step for point in points}
    assert {"write.epoch_ledger", "commit", "seek", "revoke", "stop"} < steps
    assert any(step.startswith("write.") for step in steps - {"write.epoch_ledger"})
    assert of_tests(smoke, "_(is|are)_seen$")
    assert "10" in of_tests(smoke, "^test_random_kills_change_no_number$")
    assert "a zombie" in of_tests(smoke, "^test_every_order_of_events")


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="there are no groups without workers of xdist")
def test_tests_of_a_file_stay_on_one_worker_of_xdist(request: pytest.FixtureRequest) -> None:
    """Else each worker starts servers of its own, and the suite takes a minute longer. xdist puts groups into names."""
    assert request.node.nodeid.endswith("@unit/repository/test_suite_split.py")
