"""Changes to the tables of usage."""

from tests.support.tampering.change import (
    AGENTIC,
    API,
    API_KEY,
    LLM,
    METERS,
    MONTHLY,
    OF_LOG,
    SESSIONS,
    Tampering,
    delete,
    move,
    one,
    update,
)

_FIRST = one(API, API_KEY, OF_LOG)

OF_USAGE = (
    Tampering(API, "a row deleted", delete(API, _FIRST)),
    Tampering(API, "a count raised", update(API, "requests = requests + 1", _FIRST)),
    Tampering(
        API,
        "a request moved between two rows",
        [
            *update(API, "requests = requests + 1", _FIRST),
            *update(
                API,
                "requests = requests - 1",
                f"NOT ({_FIRST}) AND requests > 1 AND {OF_LOG} AND log = (SELECT min(log) FROM {API} WHERE {_FIRST})",
            ),
        ],
    ),
    Tampering(API, "a row moved to another consumer", move(API, "'stolen' AS consumer_id", _FIRST)),
    Tampering(API, "all rows moved by an hour", move(API, "hour + INTERVAL 1 HOUR AS hour", OF_LOG)),
    Tampering(API, "a name of a consumer changed", move(API, "'Mallory' AS consumer_username", _FIRST)),
    Tampering(API, "a status changed", move(API, "500 AS status", _FIRST)),
    Tampering(API, "bytes doubled", update(API, "request_bytes = request_bytes * 2", _FIRST)),
    Tampering(API, "all response bytes removed", update(API, "response_bytes = 0")),
    Tampering(
        API,
        "latencies within their extremes",
        update(API, "latency_request_sum_ns = latency_request_count * latency_request_min_ns"),
    ),
    Tampering(
        API,
        "a changed row with a higher version",
        [
            (
                f"INSERT INTO {API} SELECT * REPLACE (version + 1000000 AS version, requests + 5 AS requests) "
                f"FROM {API} FINAL WHERE {_FIRST}"
            )
        ],
    ),
    Tampering(MONTHLY, "a count raised", update(MONTHLY, "requests = requests + 1", OF_LOG)),
    Tampering(MONTHLY, "rows deleted", delete(MONTHLY, OF_LOG)),
    Tampering(
        MONTHLY,
        "all months moved, hours too",
        [
            *move(MONTHLY, "toStartOfMonth(month + INTERVAL 31 DAY) AS month"),
            *move(API, "hour + INTERVAL 28 DAY AS hour"),
        ],
    ),
    Tampering(
        MONTHLY, "another workspace, hours too", [*move(MONTHLY, "'x' AS workspace"), *move(API, "'x' AS workspace")]
    ),
    Tampering(LLM, "all rows deleted", [f"TRUNCATE TABLE {LLM}"]),
    Tampering(LLM, "calls raised", update(LLM, "calls = calls + 1")),
    Tampering(LLM, "tokens removed", update(LLM, "prompt_tokens = 0")),
    Tampering(LLM, "costs times ten", update(LLM, "cost_computed = cost_computed * 10")),
    Tampering(
        LLM,
        "costs times ten, by a price of nobody",
        update(LLM, "cost_computed = cost_computed * 10, price_version = 'x/y#00000000'"),
    ),
    Tampering(LLM, "reported costs times ten", update(LLM, "cost_reported = cost_reported * 10")),
    Tampering(LLM, "rows moved to another consumer", move(LLM, "'stolen' AS consumer_id")),
    Tampering(LLM, "rows moved to another model", move(LLM, "'free' AS request_model")),
    Tampering(LLM, "said to be from a cache", move(LLM, "'cache_hit' AS outcome", "outcome = 'provider'")),
    Tampering(AGENTIC, "all rows deleted", [f"TRUNCATE TABLE {AGENTIC}"]),
    Tampering(AGENTIC, "sessions removed", update(AGENTIC, "session_hashes = []")),
    Tampering(SESSIONS, "all rows deleted", [f"TRUNCATE TABLE {SESSIONS}"]),
    Tampering(METERS, "all rows deleted", [f"TRUNCATE TABLE {METERS}"]),
    Tampering(METERS, "events raised", update(METERS, "events = events + 1")),
    Tampering(METERS, "values raised", update(METERS, "value_scaled = value_scaled + 1")),
    Tampering(METERS, "rows moved to another consumer", move(METERS, "'stolen' AS consumer_id")),
    Tampering(SESSIONS, "bytes raised", update(SESSIONS, "received_bytes = received_bytes + 1")),
)
