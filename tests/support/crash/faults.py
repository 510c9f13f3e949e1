"""What a worker under test is told to suffer: it travels to the process as text in its environment."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

FAULTS_VARIABLE = "GATEMETER_CRASH_FAULTS"


class Act(StrEnum):
    """What happens at a fault point."""

    KILL = "kill"
    """SIGKILL to itself."""
    STOP = "stop"
    """SIGSTOP to itself, until the test lets it go on."""
    DELAY = "delay"
    """It waits there for `seconds`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`act` at `point`, at the `passes`-th time it is passed (1-based); `seconds` for a delay, 0 for every pass."""

    point: str
    act: Act
    passes: int = 1
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """All that one worker is to suffer.

    `drop_chunks` is the share of chunks lost between driver and agent, `drop_records` that of fetches lost before the
    driver checks them, both drawn from `seed`; `drop_first_chunks` is how many are lost at the very beginning. With
    `lose_fetch` what was fetched between an assignment and its seek is lost. `control` names a guard that is off
    (`guards_off`).
    """

    faults: Sequence[Fault] = ()
    drop_chunks: float = 0.0
    drop_records: float = 0.0
    drop_first_chunks: int = 0
    lose_fetch: bool = False
    seed: int = 0
    control: str = ""

    def environment(self) -> dict[str, str]:
        """The variable that carries it."""
        return {FAULTS_VARIABLE: json.dumps(asdict(self))}

    @staticmethod
    def parse(text: str) -> "FaultPlan":
        """The reverse of `environment`; nothing at all for ''."""
        if not text:
            return FaultPlan()
        document = json.loads(text)
        faults = [Fault(**{**fault, "act": Act(fault["act"])}) for fault in document.pop("faults")]
        return FaultPlan(faults, **document)


def kill_at(point: str, passes: int = 1) -> FaultPlan:
    """SIGKILL at a fault point."""
    return FaultPlan([Fault(point, Act.KILL, passes)])
