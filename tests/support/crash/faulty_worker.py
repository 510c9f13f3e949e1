"""The test build of `gatemeter worker`: the same command, with the faults that its environment asks for."""

import os
import sys

from gatemeter.cli.main import main
from tests.support.crash.faults import FAULTS_VARIABLE, FaultPlan


def run(arguments: list[str]) -> None:
    """Run the worker command; ends the process as `main` does."""
    from tests.support.crash import fault_hooks as trip_wires
    from tests.support.crash import guards_off

    fault_plan = FaultPlan.parse(os.environ.get(FAULTS_VARIABLE, ""))
    guards_off.switch_off(fault_plan.control)
    trip_wires.install(fault_plan)
    main(["worker", *arguments])


if __name__ == "__main__":
    run(sys.argv[1:])
