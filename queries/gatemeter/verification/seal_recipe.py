"""Which query makes the hashes of a seal, and which columns no seal covers.

A seal is compared with hashes that the same query, its recipe, makes of the rows today. So a column that a migration
adds changes no seal that stands: it comes into the next recipe, by which new seals are made, or to `NOT_SEALED`.
"""

from collections.abc import Mapping

from gatemeter.schema import MINUTE_USAGE

RECIPES: Mapping[int, str] = {
    1: "verification/epoch_hashes",
    2: "verification/epoch_hashes_with_units",
    3: "verification/epoch_hashes_with_sizes",
}
"""The query of each recipe. The numbers are stored; a query that seals were made by never changes."""

NEWEST_RECIPE = max(RECIPES)

_BY_FLUSHES = "it depends on how often a flush wrote the row, which the log does not decide"
_BY_EPOCH = "rows are hashed epoch by epoch, and the events of a replay are beside the log of their dead letters"

NOT_SEALED: Mapping[str, Mapping[str, str]] = {
    "api_usage_hourly": {"version": _BY_FLUSHES},
    MINUTE_USAGE.name: dict.fromkeys(
        MINUTE_USAGE.column_names, "rows expire; the hours that they add up to are sealed"
    ),
    "monthly_requests": {"version": _BY_FLUSHES},
    "llm_usage_hourly": {"version": _BY_FLUSHES},
    "agentic_usage_hourly": {"version": _BY_FLUSHES},
    "stream_sessions_hourly": {"version": _BY_FLUSHES},
    "meter_usage_hourly": {"version": _BY_FLUSHES},
    "epoch_ledger": {
        "first_event_time": "it says whether the event ledger was kept, which a recount may do otherwise",
        "identities": "nothing is computed from it",
        "slimmed": "nothing is computed from it",
        "minutes_from": "it depends on when the epoch was counted",
    },
    "corrections": {},
    "event_ledger": {
        "log": _BY_EPOCH,
        "epoch_first_offset": _BY_EPOCH,
        "version": "a correction raises it",
        "topic": "the name of the log; for a file it is a path, which may change",
    },
    "dead_letters": {
        "log": _BY_EPOCH,
        "epoch_first_offset": _BY_EPOCH,
        "version": _BY_FLUSHES,
        "is_deleted": "what is deleted is not read",
        "topic": "the name of the log; for a file it is a path, which may change",
        "key_id": "it depends on the key that whoever counted had",
        "original": "it is encrypted anew by each count, and its encryption authenticates it",
    },
}
"""By table, the columns that no seal covers, and why."""
