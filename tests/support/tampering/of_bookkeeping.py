"""Changes to dead letters, to the ledger of epochs, to all tables at once, and to views."""

from tests.support.tampering.change import (
    API,
    API_KEY,
    EVENTS,
    LEDGER,
    LETTERS,
    LOCATION,
    MONTHLY,
    OF_LOG,
    SESSIONS,
    USAGE,
    Tampering,
    delete,
    one,
    update,
)

_STANDING = f"is_deleted = 0 AND ({LOCATION}) IN (SELECT {LOCATION} FROM {LETTERS} FINAL)"
_FIRST = one(LETTERS, LOCATION, _STANDING)
_OF_FILE = "log_kind = 'file'"
_ONE_LOG = f"log = (SELECT min(log) FROM {LEDGER} WHERE {_OF_FILE})"
_REPLACEMENT = "SELECT * FROM (SELECT '2026-02' AS period, 'c0' AS consumer_id, toInt64(1) AS requests)"
_REMAKE = ["SELECT 1"]

OF_BOOKKEEPING = (
    Tampering(LETTERS, "one deleted", delete(LETTERS, _FIRST)),
    Tampering(LETTERS, "texts changed", update(LETTERS, "raw = 'x'", "is_deleted = 0")),
    Tampering(LETTERS, "reasons changed", update(LETTERS, "reason = 'empty_object'", "is_deleted = 0")),
    Tampering(
        LETTERS,
        "one hidden by a higher version",
        [
            (
                f"INSERT INTO {LETTERS} SELECT * REPLACE (version + 1000000 AS version, 1 AS is_deleted) "
                f"FROM {LETTERS} FINAL WHERE {_FIRST}"
            )
        ],
    ),
    Tampering(
        LEDGER,
        "counted and consumed raised",
        update(LEDGER, "counted = counted + 1, consumed = consumed + 1", _OF_FILE),
    ),
    Tampering(
        LEDGER,
        "a duplicate said to be of another kind",
        update(LEDGER, "duplicates = duplicates - 1, other_kind = other_kind + 1", _OF_FILE),
    ),
    Tampering(LEDGER, "ignored fields raised", update(LEDGER, "fields_left_out = fields_left_out + 1")),
    Tampering(LEDGER, "counting rules that nobody has", update(LEDGER, "rules = '9999'")),
    Tampering(LEDGER, "counting rules of an older version", update(LEDGER, "rules = '3'")),
    Tampering(LEDGER, "another name of the log", update(LEDGER, "topic = 'other.log'", _OF_FILE)),
    Tampering(LEDGER, "the hash of the lines changed", update(LEDGER, "content_hash = '00'", _OF_FILE)),
    Tampering(
        LEDGER, "said to be counted without events", update(LEDGER, "first_event_time = NULL"), needs_events=True
    ),
    Tampering(LEDGER, "an epoch deleted", delete(LEDGER, _ONE_LOG)),
    Tampering(
        "all tables",
        "an invented log inserted",
        [
            # Chosen apart from the change: the column that is replaced would be compared by its new value.
            f"INSERT INTO {table} SELECT * REPLACE (repeat('f', 32) AS log{more}) "
            f"FROM (SELECT * FROM {table} FINAL WHERE {_ONE_LOG})"
            for table, more in (
                *((table, "") for table in (*USAGE, LETTERS)),
                (LEDGER, ", 'fake.log' AS topic"),
            )
        ],
    ),
    Tampering(
        "all tables",
        "a log removed",
        [
            f"CREATE TABLE tampered_log ENGINE = Memory AS SELECT DISTINCT log FROM {LEDGER} WHERE {_ONE_LOG}",
            *(
                statement
                for table in (*USAGE, LETTERS, EVENTS, LEDGER)
                for statement in delete(table, "log IN (SELECT log FROM tampered_log)")
            ),
            "DROP TABLE tampered_log SYNC",
        ],
    ),
    Tampering(
        "all tables",
        "one request taken away consistently",
        [
            (
                f"CREATE TABLE tampered_row ENGINE = Memory AS SELECT * FROM {API} FINAL WHERE requests = 1 AND "
                f"{OF_LOG} ORDER BY {API_KEY} LIMIT 1"
            ),
            *delete(API, f"({API_KEY}) IN (SELECT {API_KEY} FROM tampered_row)"),
            *update(
                MONTHLY,
                "requests = requests - 1",
                "(log, partition, epoch_first_offset, month) IN "
                "(SELECT log, partition, epoch_first_offset, toStartOfMonth(hour) FROM tampered_row)",
            ),
            *update(
                LEDGER,
                "counted = counted - 1, duplicates = duplicates + 1",
                "(log, partition, epoch_first_offset) IN (SELECT log, partition, epoch_first_offset FROM tampered_row)",
            ),
            "DROP TABLE tampered_row SYNC",
        ],
    ),
    Tampering(
        "views",
        "billable_monthly replaced",
        [f"CREATE OR REPLACE VIEW billable_monthly AS {_REPLACEMENT}"],
        undo=_REMAKE,
    ),
    Tampering("views", "llm_costs_computed dropped", ["DROP VIEW llm_costs_computed"], undo=_REMAKE),
    Tampering(
        "views",
        "a table replaced by a view",
        [
            f"RENAME TABLE {SESSIONS} TO tampered_table",
            f"CREATE VIEW {SESSIONS} AS SELECT * FROM tampered_table FINAL",
        ],
        undo=[f"DROP VIEW {SESSIONS}", f"RENAME TABLE tampered_table TO {SESSIONS}"],
    ),
)
