"""Breadth-first search through all states of a protocol; the first wrong state comes with its shortest trace."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from gatemeter.errors import GatemeterError
from tests.support.protocol_model.protocol import Protocol, State
from tests.support.protocol_model.table_store import ShrinksError

Invariant = Callable[[State], str]
"""Says what is wrong with a state; '' if nothing is."""


CameFrom = dict[State, tuple[State, str] | None]


@dataclass
class Exploration:
    """`transitions` counts every step out of every state, so each interleaving of two steps is among them."""

    states: int = 0
    transitions: int = 0
    drained: int = 0
    depth: int = 0
    wrong: str = ""
    trace: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        size = f"{self.states} states, {self.transitions} steps between them, {self.drained} of them drained"
        if not self.wrong:
            return f"{size}, depth {self.depth}: nothing wrong"
        return "\n  ".join([f"{self.wrong} (after {size})", *self.trace])


def explore(protocol: Protocol, invariant: Invariant, is_drained: Callable[[State], bool]) -> Exploration:
    """Visit every state once; stops at the first that breaks `invariant`, or that is stuck before all is drained."""
    found = Exploration()
    first = protocol.first_state()
    came_from: CameFrom = {first: None}
    waiting = deque([(first, 0)])
    while waiting and not found.wrong:
        state, found.depth = waiting.popleft()
        found.states += 1
        drained = is_drained(state)
        found.drained += drained
        found.wrong = invariant(state)
        try:
            steps = list(protocol.steps(state))
        except (ShrinksError, GatemeterError) as error:
            found.wrong, steps = f"the next step fails: {error}", []
        if not (steps or drained):
            found.wrong = found.wrong or "stuck before everything was counted"
        found.transitions += len(steps)
        for action, after in steps:
            if after not in came_from:
                came_from[after] = (state, action)
                waiting.append((after, found.depth + 1))
    found.trace = _trace(came_from, state) if found.wrong else []
    return found


def _trace(came_from: CameFrom, state: State) -> list[str]:
    trace = []
    while (step := came_from[state]) is not None:
        state, action = step
        trace.append(action)
    return trace[::-1]
