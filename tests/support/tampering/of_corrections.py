"""Changes to what retracts events."""

from tests.support.tampering.change import (
    AGENTIC,
    API,
    CORRECTIONS,
    LEDGER,
    LLM,
    LOCATION,
    OF_CORRECTION,
    USAGE,
    Tampering,
    delete,
    move,
    update,
)

_LOCATION_TEXT = "concat(toString(partition), ':', toString(offset), ':', toString(line), ':', toString(event_index))"

OF_CORRECTIONS = (
    Tampering(API, "corrections moved to another consumer", move(API, "'friend' AS consumer_id", OF_CORRECTION), True),
    Tampering(API, "corrections moved by an hour", move(API, "hour + INTERVAL 1 HOUR AS hour", OF_CORRECTION), True),
    Tampering(
        API, "bytes of corrections changed", update(API, "request_bytes = request_bytes - 1000", OF_CORRECTION), True
    ),
    Tampering(
        LLM,
        "costs of corrections times a hundred",
        update(LLM, "cost_computed = cost_computed * 100, cost_reported = cost_reported * 100", OF_CORRECTION),
        True,
    ),
    Tampering(
        LLM,
        "reported costs of corrections times a hundred",
        update(LLM, "cost_reported = cost_reported * 100", OF_CORRECTION),
        True,
    ),
    Tampering(LLM, "corrections deleted", delete(LLM, OF_CORRECTION), True),
    Tampering(AGENTIC, "corrections deleted", delete(AGENTIC, OF_CORRECTION), True),
    Tampering(LEDGER, "corrections deleted", delete(LEDGER, "log_kind = 'correction'"), True),
    Tampering(CORRECTIONS, "all rows deleted", [f"TRUNCATE TABLE {CORRECTIONS}"], True),
    Tampering(CORRECTIONS, "another reason", update(CORRECTIONS, "reason = 'because'"), True),
    Tampering(CORRECTIONS, "another consumer", update(CORRECTIONS, "consumer_id = 'other'"), True),
    Tampering(CORRECTIONS, "another copy that stays", update(CORRECTIONS, "kept_log = 'zzz'"), True),
    Tampering(
        CORRECTIONS,
        "one correction wholly removed",
        [
            (
                f"CREATE TABLE tampered_one ENGINE = Memory AS SELECT *, {_LOCATION_TEXT} AS location "
                f"FROM {CORRECTIONS} FINAL ORDER BY {LOCATION} LIMIT 1"
            ),
            (
                f"CREATE TABLE tampered_epoch ENGINE = Memory AS SELECT log, partition, epoch_first_offset "
                f"FROM {LEDGER} FINAL WHERE log_kind = 'correction' "
                "AND content_hash IN (SELECT location FROM tampered_one)"
            ),
            *delete(CORRECTIONS, f"({LOCATION}) IN (SELECT {LOCATION} FROM tampered_one)"),
            *(
                statement
                for table in (*USAGE, LEDGER)
                for statement in delete(
                    table,
                    "(log, partition, epoch_first_offset) IN (SELECT * FROM tampered_epoch)",
                )
            ),
            "DROP TABLE tampered_one SYNC",
            "DROP TABLE tampered_epoch SYNC",
        ],
        True,
    ),
)
