"""Changes to stored tables by SQL, as somebody with access to the database could make them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

_AT_ONCE = {"mutations_sync": 2, "lightweight_deletes_sync": 2}

API, MONTHLY, LLM = "api_usage_hourly", "monthly_requests", "llm_usage_hourly"
AGENTIC, SESSIONS, LETTERS = "agentic_usage_hourly", "stream_sessions_hourly", "dead_letters"
LEDGER, EVENTS, CORRECTIONS = "epoch_ledger", "event_ledger", "corrections"
USAGE = (API, MONTHLY, LLM, AGENTIC, SESSIONS)

_API_KEY = "hour, consumer_id, service_id, route_id, method, status, log, partition, epoch_first_offset"
_LOCATION = "log, partition, offset, line, event_index"
OF_LOG = "NOT startsWith(log, 'correction:') AND NOT startsWith(log, 'replay:')"
OF_CORRECTION = "startsWith(log, 'correction:')"
OF_REPLAY = "startsWith(log, 'replay:')"


@dataclass(frozen=True, slots=True)
class Tampering:
    """One kind of change to one table (or several); `needs_events` where only the event ledger makes it possible."""

    table: str
    change: str
    statements: Sequence[str]
    needs_events: bool = False
    changes_no_bill: bool = False
    undo: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The table and what is changed in it."""
        return f"{self.table}: {self.change}"

    def apply(self, client: Client) -> None:
        """Change the tables of the client's database."""
        for statement in self.statements:
            client.command(statement, settings={} if statement.startswith("INSERT") else _AT_ONCE)


def update(table: str, change: str, where: str = "1") -> list[str]:
    """Statements that change values which are in no key."""
    return [f"ALTER TABLE {table} UPDATE {change} WHERE {where}"]


def delete(table: str, where: str) -> list[str]:
    """Statements that delete rows."""
    return [f"ALTER TABLE {table} DELETE WHERE {where}"]


def move(table: str, change: str, where: str = "1") -> list[str]:
    """Statements that give rows another key: `change` is `value AS column, ...`."""
    copy = f"tampered_{table}"
    return [
        f"CREATE TABLE {copy} AS {table} ENGINE = Memory",
        f"INSERT INTO {copy} SELECT * FROM {table} FINAL WHERE {where}",
        f"ALTER TABLE {table} DELETE WHERE {where}",
        f"INSERT INTO {table} SELECT * REPLACE ({change}) FROM {copy}",
        f"DROP TABLE {copy} SYNC",
    ]


def one(table: str, key: str, where: str = "1") -> str:
    """A condition for the first row of those with `where`, by `key`."""
    return f"({key}) IN (SELECT {key} FROM {table} FINAL WHERE {where} ORDER BY {key} LIMIT 1)"


def _of_usage() -> Iterator[Tampering]:
    first = one(API, _API_KEY, OF_LOG)
    yield Tampering(API, "a row deleted", delete(API, first))
    yield Tampering(API, "a count raised", update(API, "requests = requests + 1", first))
    yield Tampering(
        API,
        "a request moved between two rows",
        [
            *update(API, "requests = requests + 1", first),
            *update(
                API,
                "requests = requests - 1",
                f"NOT ({first}) AND requests > 1 AND {OF_LOG} AND log = (SELECT min(log) FROM {API} WHERE {first})",
            ),
        ],
    )
    yield Tampering(API, "a row moved to another consumer", move(API, "'stolen' AS consumer_id", first))
    yield Tampering(API, "all rows moved by an hour", move(API, "hour + INTERVAL 1 HOUR AS hour", OF_LOG))
    yield Tampering(API, "a name of a consumer changed", move(API, "'Mallory' AS consumer_username", first))
    yield Tampering(API, "a status changed", move(API, "500 AS status", first))
    yield Tampering(API, "bytes doubled", update(API, "request_bytes = request_bytes * 2", first))
    yield Tampering(API, "all response bytes removed", update(API, "response_bytes = 0"))
    yield Tampering(
        API,
        "latencies within their extremes",
        update(API, "latency_request_sum_ns = latency_request_count * latency_request_min_ns"),
    )
    yield Tampering(
        API,
        "a changed row with a higher version",
        [
            (
                f"INSERT INTO {API} SELECT * REPLACE (version + 1000000 AS version, requests + 5 AS requests) "
                f"FROM {API} FINAL WHERE {first}"
            )
        ],
    )
    yield Tampering(MONTHLY, "a count raised", update(MONTHLY, "requests = requests + 1", OF_LOG))
    yield Tampering(MONTHLY, "rows deleted", delete(MONTHLY, OF_LOG))
    yield Tampering(
        MONTHLY,
        "all months moved, hours too",
        [
            *move(MONTHLY, "toStartOfMonth(month + INTERVAL 31 DAY) AS month"),
            *move(API, "hour + INTERVAL 28 DAY AS hour"),
        ],
    )
    yield Tampering(
        MONTHLY, "another workspace, hours too", [*move(MONTHLY, "'x' AS workspace"), *move(API, "'x' AS workspace")]
    )
    yield Tampering(LLM, "all rows deleted", [f"TRUNCATE TABLE {LLM}"])
    yield Tampering(LLM, "calls raised", update(LLM, "calls = calls + 1"))
    yield Tampering(LLM, "tokens removed", update(LLM, "prompt_tokens = 0"))
    yield Tampering(LLM, "costs times ten", update(LLM, "cost_computed = cost_computed * 10"))
    yield Tampering(
        LLM,
        "costs times ten, by a price of nobody",
        update(LLM, "cost_computed = cost_computed * 10, price_version = 'x/y#00000000'"),
    )
    yield Tampering(LLM, "reported costs times ten", update(LLM, "cost_reported = cost_reported * 10"))
    yield Tampering(LLM, "rows moved to another consumer", move(LLM, "'stolen' AS consumer_id"))
    yield Tampering(LLM, "rows moved to another model", move(LLM, "'free' AS request_model"))
    yield Tampering(LLM, "said to be from a cache", move(LLM, "'cache_hit' AS outcome", "outcome = 'provider'"))
    yield Tampering(AGENTIC, "all rows deleted", [f"TRUNCATE TABLE {AGENTIC}"])
    yield Tampering(AGENTIC, "sessions removed", update(AGENTIC, "session_hashes = []"))
    yield Tampering(SESSIONS, "all rows deleted", [f"TRUNCATE TABLE {SESSIONS}"])
    yield Tampering(SESSIONS, "bytes raised", update(SESSIONS, "received_bytes = received_bytes + 1"))


def _of_bookkeeping() -> Iterator[Tampering]:
    standing = f"is_deleted = 0 AND ({_LOCATION}) IN (SELECT {_LOCATION} FROM {LETTERS} FINAL)"
    first = one(LETTERS, _LOCATION, standing)
    yield Tampering(LETTERS, "one deleted", delete(LETTERS, first))
    yield Tampering(LETTERS, "texts changed", update(LETTERS, "raw = 'x'", "is_deleted = 0"))
    yield Tampering(LETTERS, "reasons changed", update(LETTERS, "reason = 'empty_object'", "is_deleted = 0"))
    yield Tampering(
        LETTERS,
        "one hidden by a higher version",
        [
            (
                f"INSERT INTO {LETTERS} SELECT * REPLACE (version + 1000000 AS version, 1 AS is_deleted) "
                f"FROM {LETTERS} FINAL WHERE {first}"
            )
        ],
    )
    of_file = "log_kind = 'file'"
    yield Tampering(
        LEDGER, "counted and consumed raised", update(LEDGER, "counted = counted + 1, consumed = consumed + 1", of_file)
    )
    yield Tampering(
        LEDGER,
        "a duplicate said to be of another kind",
        update(LEDGER, "duplicates = duplicates - 1, other_kind = other_kind + 1", of_file),
    )
    yield Tampering(LEDGER, "ignored fields raised", update(LEDGER, "fields_left_out = fields_left_out + 1"))
    yield Tampering(LEDGER, "counting rules that nobody has", update(LEDGER, "rules = '9'"))
    yield Tampering(LEDGER, "counting rules of an older version", update(LEDGER, "rules = '3'"))
    yield Tampering(LEDGER, "another name of the log", update(LEDGER, "topic = 'other.log'", of_file))
    yield Tampering(LEDGER, "the hash of the lines changed", update(LEDGER, "content_hash = '00'", of_file))
    yield Tampering(
        LEDGER, "said to be counted without events", update(LEDGER, "first_event_time = NULL"), needs_events=True
    )
    log = f"log = (SELECT min(log) FROM {LEDGER} WHERE {of_file})"
    yield Tampering(LEDGER, "an epoch deleted", delete(LEDGER, log))
    yield Tampering(
        "all tables",
        "an invented log inserted",
        [
            f"INSERT INTO {table} SELECT * REPLACE (repeat('f', 32) AS log{more}) FROM {table} FINAL WHERE {log}"
            for table, more in (
                *((table, "") for table in (*USAGE, LETTERS)),
                (LEDGER, ", 'fake.log' AS topic"),
            )
        ],
    )
    yield Tampering(
        "all tables",
        "a log removed",
        [
            f"CREATE TABLE tampered_log ENGINE = Memory AS SELECT DISTINCT log FROM {LEDGER} WHERE {log}",
            *(
                statement
                for table in (*USAGE, LETTERS, EVENTS, LEDGER)
                for statement in delete(table, "log IN (SELECT log FROM tampered_log)")
            ),
            "DROP TABLE tampered_log SYNC",
        ],
    )
    yield Tampering(
        "all tables",
        "one request taken away consistently",
        [
            (
                f"CREATE TABLE tampered_row ENGINE = Memory AS SELECT * FROM {API} FINAL WHERE requests = 1 AND "
                f"{OF_LOG} ORDER BY {_API_KEY} LIMIT 1"
            ),
            *delete(API, f"({_API_KEY}) IN (SELECT {_API_KEY} FROM tampered_row)"),
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
    )
    replacement = "SELECT * FROM (SELECT '2026-02' AS period, 'c0' AS consumer_id, toInt64(1) AS requests)"
    remake = ["SELECT 1"]
    yield Tampering(
        "views",
        "billable_monthly replaced",
        [f"CREATE OR REPLACE VIEW billable_monthly AS {replacement}"],
        undo=remake,
    )
    yield Tampering("views", "llm_costs dropped", ["DROP VIEW llm_costs"], undo=remake)
    yield Tampering(
        "views",
        "a table replaced by a view",
        [
            f"RENAME TABLE {SESSIONS} TO tampered_table",
            f"CREATE VIEW {SESSIONS} AS SELECT * FROM tampered_table FINAL",
        ],
        undo=[f"DROP VIEW {SESSIONS}", f"RENAME TABLE tampered_table TO {SESSIONS}"],
    )


def _of_corrections() -> Iterator[Tampering]:
    yield Tampering(
        API, "corrections moved to another consumer", move(API, "'friend' AS consumer_id", OF_CORRECTION), True
    )
    yield Tampering(
        API, "corrections moved by an hour", move(API, "hour + INTERVAL 1 HOUR AS hour", OF_CORRECTION), True
    )
    yield Tampering(
        API, "bytes of corrections changed", update(API, "request_bytes = request_bytes - 1000", OF_CORRECTION), True
    )
    yield Tampering(
        LLM,
        "costs of corrections times a hundred",
        update(LLM, "cost_computed = cost_computed * 100, cost_reported = cost_reported * 100", OF_CORRECTION),
        True,
    )
    yield Tampering(
        LLM,
        "reported costs of corrections times a hundred",
        update(LLM, "cost_reported = cost_reported * 100", OF_CORRECTION),
        True,
    )
    yield Tampering(LLM, "corrections deleted", delete(LLM, OF_CORRECTION), True)
    yield Tampering(AGENTIC, "corrections deleted", delete(AGENTIC, OF_CORRECTION), True)
    yield Tampering(LEDGER, "corrections deleted", delete(LEDGER, "log_kind = 'correction'"), True)
    yield Tampering(CORRECTIONS, "all rows deleted", [f"TRUNCATE TABLE {CORRECTIONS}"], True)
    yield Tampering(CORRECTIONS, "another reason", update(CORRECTIONS, "reason = 'because'"), True)
    yield Tampering(CORRECTIONS, "another consumer", update(CORRECTIONS, "consumer_id = 'other'"), True)
    yield Tampering(CORRECTIONS, "another copy that stays", update(CORRECTIONS, "kept_log = 'zzz'"), True)
    location = "concat(toString(partition), ':', toString(offset), ':', toString(line), ':', toString(event_index))"
    yield Tampering(
        CORRECTIONS,
        "one correction wholly removed",
        [
            (
                f"CREATE TABLE tampered_one ENGINE = Memory AS SELECT *, {location} AS location "
                f"FROM {CORRECTIONS} FINAL ORDER BY {_LOCATION} LIMIT 1"
            ),
            (
                f"CREATE TABLE tampered_epoch ENGINE = Memory AS SELECT log, partition, epoch_first_offset "
                f"FROM {LEDGER} FINAL WHERE log_kind = 'correction' "
                "AND content_hash IN (SELECT location FROM tampered_one)"
            ),
            *delete(CORRECTIONS, f"({_LOCATION}) IN (SELECT {_LOCATION} FROM tampered_one)"),
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
    )


def _of_replays() -> Iterator[Tampering]:
    yield Tampering(API, "replays moved to another consumer", move(API, "'friend' AS consumer_id", OF_REPLAY))
    yield Tampering(API, "replays moved by an hour", move(API, "hour + INTERVAL 1 HOUR AS hour", OF_REPLAY))
    yield Tampering(API, "bytes of replays changed", update(API, "request_bytes = 9999999", OF_REPLAY))
    yield Tampering(API, "replays deleted", delete(API, OF_REPLAY))
    yield Tampering(LEDGER, "replays deleted", delete(LEDGER, "log_kind = 'replay'"))
    yield Tampering(
        LETTERS, "a replayed one said to stand", delete(LETTERS, "is_deleted = 1 AND epoch_first_offset = -1")
    )


def _of_events() -> Iterator[Tampering]:
    first = one(EVENTS, _LOCATION, "outcome = 'counted'")
    yield Tampering(EVENTS, "one deleted", delete(EVENTS, first), True)
    yield Tampering(EVENTS, "all deleted", [f"TRUNCATE TABLE {EVENTS}"], True)
    yield Tampering(EVENTS, "another consumer", update(EVENTS, "consumer_id = 'x'", first), True)
    yield Tampering(EVENTS, "counted said to be a duplicate", update(EVENTS, "outcome = 'duplicate'", first), True)
    yield Tampering(EVENTS, "counted said to be corrected", update(EVENTS, "outcome = 'corrected'", first), True)
    yield Tampering(
        EVENTS, "corrected said to be counted", update(EVENTS, "outcome = 'counted'", "outcome = 'corrected'"), True
    )
    yield Tampering(
        EVENTS,
        "another hash",
        move(EVENTS, "id_hash + 1 AS id_hash", f"outcome = 'counted' AND {first}"),
        True,
    )
    yield Tampering(
        EVENTS,
        "another consumer, usage too",
        [
            (
                f"CREATE TABLE tampered_event ENGINE = Memory AS SELECT * FROM {EVENTS} FINAL "
                "WHERE outcome = 'counted' AND (log, toStartOfHour(toDateTime(time, 'UTC')), consumer_id) IN "
                f"(SELECT log, hour, consumer_id FROM {API} FINAL GROUP BY log, hour, consumer_id "
                f"HAVING sum(requests) = 1) ORDER BY {_LOCATION} LIMIT 1"
            ),
            *update(EVENTS, "consumer_id = 'friend'", f"({_LOCATION}) IN (SELECT {_LOCATION} FROM tampered_event)"),
            *move(
                API,
                "'friend' AS consumer_id",
                "(log, hour, consumer_id) IN "
                "(SELECT log, toStartOfHour(toDateTime(time, 'UTC')), consumer_id FROM tampered_event)",
            ),
            "DROP TABLE tampered_event SYNC",
        ],
        True,
    )


TAMPERINGS: Sequence[Tampering] = [
    *_of_usage(),
    *_of_bookkeeping(),
    *_of_corrections(),
    *_of_replays(),
    *_of_events(),
]
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
}

SMOKE = [tampering for tampering in TAMPERINGS if tampering.name in _ONCE_MISSED]
"""Some of those that a verification from sums alone does not see."""
