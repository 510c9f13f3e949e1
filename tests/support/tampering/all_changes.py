"""Every change that the tests of verification try."""

from tests.support.tampering.change import API, CORRECTIONS, EVENTS, LEDGER, LLM, METERS
from tests.support.tampering.of_bookkeeping import OF_BOOKKEEPING
from tests.support.tampering.of_corrections import OF_CORRECTIONS
from tests.support.tampering.of_events import OF_EVENTS
from tests.support.tampering.of_replays import OF_REPLAYS
from tests.support.tampering.of_usage import OF_USAGE

TAMPERINGS = (*OF_USAGE, *OF_BOOKKEEPING, *OF_CORRECTIONS, *OF_REPLAYS, *OF_EVENTS)
"""Every kind of change that the tamper matrix tries."""

_ONCE_MISSED = {
    f"{API}: corrections moved to another consumer",
    f"{API}: bytes of corrections changed",
    f"{LLM}: reported costs of corrections times a hundred",
    f"{CORRECTIONS}: another consumer",
    f"{API}: bytes of replays changed",
    f"{LEDGER}: counting rules that nobody has",
    "views: billable_monthly replaced",
    f"{EVENTS}: all deleted",
    f"{METERS}: values raised",
}

SMOKE = [tampering for tampering in TAMPERINGS if tampering.name in _ONCE_MISSED]
"""Some of those that a verification from sums alone does not see."""
