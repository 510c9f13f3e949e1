"""The ClickHouse error codes that gatemeter reacts to, by ClickHouse's own names."""

from enum import IntEnum


class ErrorCode(IntEnum):
    """A code as in ClickHouse's exception header and `system.errors`."""

    UNKNOWN_TABLE = 60
    UNKNOWN_DATABASE = 81
    TIMEOUT_EXCEEDED = 159
    TOO_SLOW = 160
    READONLY = 164
    CANNOT_ALLOCATE_MEMORY = 173
    UNKNOWN_USER = 192
    WRONG_PASSWORD = 193
    REQUIRED_PASSWORD = 194
    QUOTA_EXCEEDED = 201
    TOO_MANY_SIMULTANEOUS_QUERIES = 202
    NO_FREE_CONNECTION = 203
    SOCKET_TIMEOUT = 209
    NETWORK_ERROR = 210
    NO_ZOOKEEPER = 225
    ABORTED = 236
    MEMORY_LIMIT_EXCEEDED = 241
    TABLE_IS_READ_ONLY = 242
    NOT_ENOUGH_SPACE = 243
    TOO_MANY_PARTS = 252
    ALL_CONNECTION_TRIES_FAILED = 279
    TOO_FEW_LIVE_REPLICAS = 285
    UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE = 286
    UNKNOWN_STATUS_OF_INSERT = 319
    SESSION_IS_LOCKED = 373
    PART_IS_TEMPORARILY_LOCKED = 384
    QUERY_WAS_CANCELLED = 394
    CANNOT_SCHEDULE_TASK = 439
    DEADLOCK_AVOIDED = 473
    ACCESS_DENIED = 497
    AUTHENTICATION_FAILED = 516
    SERVER_OVERLOADED = 745
    KEEPER_EXCEPTION = 999


PASSING = frozenset(
    {
        ErrorCode.TIMEOUT_EXCEEDED,
        ErrorCode.TOO_SLOW,
        ErrorCode.CANNOT_ALLOCATE_MEMORY,
        ErrorCode.QUOTA_EXCEEDED,
        ErrorCode.TOO_MANY_SIMULTANEOUS_QUERIES,
        ErrorCode.NO_FREE_CONNECTION,
        ErrorCode.SOCKET_TIMEOUT,
        ErrorCode.NETWORK_ERROR,
        ErrorCode.NO_ZOOKEEPER,
        ErrorCode.ABORTED,
        ErrorCode.MEMORY_LIMIT_EXCEEDED,
        # A replica that lost its Keeper session is read-only until it has it again.
        ErrorCode.TABLE_IS_READ_ONLY,
        # A disk fills and is emptied by people; meanwhile the backlog waits in Kafka.
        ErrorCode.NOT_ENOUGH_SPACE,
        ErrorCode.TOO_MANY_PARTS,
        ErrorCode.ALL_CONNECTION_TRIES_FAILED,
        ErrorCode.TOO_FEW_LIVE_REPLICAS,
        ErrorCode.UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE,
        ErrorCode.UNKNOWN_STATUS_OF_INSERT,
        ErrorCode.SESSION_IS_LOCKED,
        ErrorCode.PART_IS_TEMPORARILY_LOCKED,
        ErrorCode.QUERY_WAS_CANCELLED,
        ErrorCode.CANNOT_SCHEDULE_TASK,
        ErrorCode.DEADLOCK_AVOIDED,
        ErrorCode.SERVER_OVERLOADED,
        ErrorCode.KEEPER_EXCEPTION,
    }
)
"""Faults that pass by themselves or when an operator acts on the server: the same write may succeed later."""

SLOW_TO_PASS = frozenset({ErrorCode.NOT_ENOUGH_SPACE, ErrorCode.TOO_MANY_PARTS, ErrorCode.QUOTA_EXCEEDED})
"""Passing faults that a quick repetition would only make worse."""

REFUSED_LOGIN = frozenset(
    {
        ErrorCode.UNKNOWN_USER,
        ErrorCode.WRONG_PASSWORD,
        ErrorCode.REQUIRED_PASSWORD,
        ErrorCode.AUTHENTICATION_FAILED,
    }
)
"""The server does not let this user in."""
