"""Which problem each error is for a client. ClickHouse's own words stay inside: they may hold anybody's values."""

from http import HTTPStatus

from starlette.responses import Response

from gatemeter.api.member_words import in_member_words
from gatemeter.clickhouse.query import QueryTimeoutError
from gatemeter.errors import GatemeterError, SettingsError
from gatemeter.httpserver.limits import TooLargeError, TooManyError, TooSlowError
from gatemeter.httpserver.problem import ProblemError, problem
from gatemeter.metrics.declared import SeveralLabelsError

_RETRY_S = 2.0


def problem_of(error: Exception) -> ProblemError:
    """The problem that `error` is."""
    match error:
        case ProblemError():
            return error
        case SettingsError() | SeveralLabelsError():
            return ProblemError(HTTPStatus.BAD_REQUEST, in_member_words(str(error)))
        case TooLargeError():
            return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error.what)
        case TooSlowError():
            return ProblemError(HTTPStatus.REQUEST_TIMEOUT, error.what)
        case TooManyError():
            what = "too much is asked at the same time"
            return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, what, retry_after_s=_RETRY_S)
        case QueryTimeoutError():
            return ProblemError(HTTPStatus.GATEWAY_TIMEOUT, str(error))
        case GatemeterError():
            what = "the store does not answer at present"
            return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, what, retry_after_s=_RETRY_S)
    return ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "a fault of gatemeter's own; its log says more")


def refused(error: ProblemError) -> Response:
    """The answer to a question that was refused."""
    answer = problem(error)
    headers = {**answer.headers, "cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(answer.body, answer.status, headers, answer.media_type)
