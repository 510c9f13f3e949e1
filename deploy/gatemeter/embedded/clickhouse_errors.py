"""The ClickHouse error codes that the HTTP interface reacts to, and the HTTP status of each."""

import re
from enum import IntEnum

_CODE = re.compile(r"Code: (?P<code>\d+)\. ")
_INTERNAL_SERVER_ERROR = 500


class ErrorCode(IntEnum):
    """Error codes as ClickHouse numbers them."""

    UNKNOWN_FUNCTION = 46
    UNKNOWN_IDENTIFIER = 47
    NOT_IMPLEMENTED = 48
    UNKNOWN_TYPE = 50
    TYPE_MISMATCH = 53
    UNKNOWN_STORAGE = 56
    UNKNOWN_TABLE = 60
    SYNTAX_ERROR = 62
    UNKNOWN_AGGREGATE_FUNCTION = 63
    CANNOT_PARSE_TEXT = 6
    CANNOT_PARSE_QUOTED_STRING = 26
    CANNOT_PARSE_INPUT = 27
    BAD_ARGUMENTS = 36
    CANNOT_PARSE_DATE = 38
    CANNOT_PARSE_DATETIME = 41
    UNKNOWN_FORMAT = 73
    CANNOT_PARSE_NUMBER = 72
    UNKNOWN_DATABASE = 81
    UNKNOWN_SETTING = 115
    INCORRECT_DATA = 117
    TIMEOUT_EXCEEDED = 159
    READONLY = 164
    REQUIRED_PASSWORD = 194
    TOO_MANY_SIMULTANEOUS_QUERIES = 202
    ABORTED = 236
    CANNOT_DECOMPRESS = 271
    LIMIT_EXCEEDED = 290
    TOO_MANY_ROWS_OR_BYTES = 396
    ACCESS_DENIED = 497
    AUTHENTICATION_FAILED = 516
    STD_EXCEPTION = 1001


_STATUS = {
    401: {ErrorCode.REQUIRED_PASSWORD},
    403: {ErrorCode.ACCESS_DENIED, ErrorCode.AUTHENTICATION_FAILED, ErrorCode.READONLY},
    408: {ErrorCode.TIMEOUT_EXCEEDED},
    413: {ErrorCode.LIMIT_EXCEEDED},
    503: {ErrorCode.ABORTED, ErrorCode.TOO_MANY_SIMULTANEOUS_QUERIES},
    501: {ErrorCode.NOT_IMPLEMENTED},
    404: {
        ErrorCode.UNKNOWN_FUNCTION,
        ErrorCode.UNKNOWN_IDENTIFIER,
        ErrorCode.UNKNOWN_TYPE,
        ErrorCode.UNKNOWN_STORAGE,
        ErrorCode.UNKNOWN_TABLE,
        ErrorCode.UNKNOWN_AGGREGATE_FUNCTION,
        ErrorCode.UNKNOWN_FORMAT,
        ErrorCode.UNKNOWN_DATABASE,
        ErrorCode.UNKNOWN_SETTING,
    },
    400: {
        ErrorCode.TYPE_MISMATCH,
        ErrorCode.SYNTAX_ERROR,
        ErrorCode.CANNOT_PARSE_TEXT,
        ErrorCode.CANNOT_PARSE_QUOTED_STRING,
        ErrorCode.CANNOT_PARSE_INPUT,
        ErrorCode.BAD_ARGUMENTS,
        ErrorCode.CANNOT_PARSE_DATE,
        ErrorCode.CANNOT_PARSE_DATETIME,
        ErrorCode.CANNOT_PARSE_NUMBER,
        ErrorCode.INCORRECT_DATA,
        ErrorCode.CANNOT_DECOMPRESS,
    },
}


def code_in(message: str) -> int:
    """The code at the beginning of an engine's message; `STD_EXCEPTION` if the message has none."""
    found = _CODE.search(message)
    return int(found["code"]) if found else ErrorCode.STD_EXCEPTION


def http_status(code: int) -> int:
    """The HTTP status with which ClickHouse answers for `code`."""
    return next((status for status, codes in _STATUS.items() if code in codes), _INTERNAL_SERVER_ERROR)
