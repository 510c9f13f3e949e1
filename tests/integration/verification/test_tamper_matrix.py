"""What `verify` sees of each kind of change to each table: the matrix that docs/verification.md shows."""

import time
from pathlib import Path

import pytest

from tests.support.databases import NewStore
from tests.support.tampered_store import Found, TamperedStore
from tests.support.tampering.all_changes import SMOKE, TAMPERINGS
from tests.support.tampering.change import Tampering

pytestmark = pytest.mark.clickhouse

_PARTS = [pytest.param(part, marks=pytest.mark.xdist_group(f"matrix of changes {part}")) for part in range(4)]
"""The matrix takes longer than any other test: one worker alone would be at it when the others have nothing left."""


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody writes to these stores, so a difference need not be looked for again later."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)


@pytest.mark.long(reason="takes a minute; the smallest faults of each table are found in `make test`")
def test_changes_that_verify_once_missed_are_found(new_store: NewStore, tmp_path: Path) -> None:
    store = TamperedStore(new_store(), new_store(), tmp_path, event_ledger=True)
    found = {tampering.name: store.found(tampering, "deep") for tampering in SMOKE}
    assert found == {tampering.name: {"deep": Found.FOUND} for tampering in SMOKE}


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("event_ledger", [True, False])
@pytest.mark.parametrize("part", _PARTS)
def test_the_matrix_of_changes_holds(new_store: NewStore, tmp_path: Path, event_ledger: bool, part: int) -> None:
    store = TamperedStore(new_store(), new_store(), tmp_path, event_ledger=event_ledger)
    unseen = []
    for tampering in _possible(event_ledger)[part :: len(_PARTS)]:
        found = store.found(tampering)
        cells = " | ".join(f"{found[mode]:5}" for mode in store.modes)
        print(f"| {tampering.table} | {tampering.change} | {cells} |", flush=True)
        if Found.FOUND not in found.values():
            unseen.append(tampering.name)
    assert unseen == []


def _possible(event_ledger: bool) -> list[Tampering]:
    return [each for each in TAMPERINGS if event_ledger or not each.needs_events]
