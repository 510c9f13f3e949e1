"""Changes to the event ledger."""

from tests.support.tampering.change import API, EVENTS, LOCATION, Tampering, delete, move, one, update

_FIRST = one(EVENTS, LOCATION, "outcome = 'counted'")

OF_EVENTS = (
    Tampering(EVENTS, "one deleted", delete(EVENTS, _FIRST), True),
    Tampering(EVENTS, "all deleted", [f"TRUNCATE TABLE {EVENTS}"], True),
    Tampering(EVENTS, "another consumer", update(EVENTS, "consumer_id = 'x'", _FIRST), True),
    Tampering(EVENTS, "counted said to be a duplicate", update(EVENTS, "outcome = 'duplicate'", _FIRST), True),
    Tampering(EVENTS, "counted said to be corrected", update(EVENTS, "outcome = 'corrected'", _FIRST), True),
    Tampering(
        EVENTS, "corrected said to be counted", update(EVENTS, "outcome = 'counted'", "outcome = 'corrected'"), True
    ),
    Tampering(
        EVENTS,
        "another hash",
        move(EVENTS, "id_hash + 1 AS id_hash", f"outcome = 'counted' AND {_FIRST}"),
        True,
    ),
    Tampering(
        EVENTS,
        "another consumer, usage too",
        [
            (
                f"CREATE TABLE tampered_event ENGINE = Memory AS SELECT * FROM {EVENTS} FINAL "
                "WHERE outcome = 'counted' AND (log, toStartOfHour(toDateTime(time, 'UTC')), consumer_id) IN "
                f"(SELECT log, hour, consumer_id FROM {API} FINAL GROUP BY log, hour, consumer_id "
                f"HAVING sum(requests) = 1) ORDER BY {LOCATION} LIMIT 1"
            ),
            *update(EVENTS, "consumer_id = 'friend'", f"({LOCATION}) IN (SELECT {LOCATION} FROM tampered_event)"),
            *move(
                API,
                "'friend' AS consumer_id",
                "(log, hour, consumer_id) IN "
                "(SELECT log, toStartOfHour(toDateTime(time, 'UTC')), consumer_id FROM tampered_event)",
            ),
            "DROP TABLE tampered_event SYNC",
        ],
        True,
    ),
)
