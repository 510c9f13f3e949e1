"""Spend follows the provider: what the statuses of client and provider, and the answer itself, say of a call."""

import pytest

from gatemeter.llm.call import Outcome, TokensEvidence
from gatemeter.llm.outcome import Statuses, evidence_of_answer, outcome_of

ASKED, NOT_ASKED = True, False


@pytest.mark.parametrize(
    ("status", "cache_status", "outcome"),
    [
        (99, "", Outcome.UNKNOWN),
        (100, "", Outcome.PROVIDER),
        (399, "", Outcome.PROVIDER),
        (400, "hit", Outcome.FAILED),
        (None, "hit", Outcome.CACHE_HIT),
        (None, "miss", Outcome.UNKNOWN),
    ],
)
def test_the_outcome_changes_at_the_borders_of_http(status: int | None, cache_status: str, outcome: Outcome) -> None:
    assert outcome_of(Statuses(status), cache_status) is outcome


@pytest.mark.parametrize("client", [400, 403, 429, 499, 500, 502, 504])
def test_an_answer_is_spend_whatever_the_client_got(client: int) -> None:
    """Also where a later upstream failed: the answer was given all the same."""
    assert outcome_of(Statuses(client, client), has_answer=True) is Outcome.BLOCKED


@pytest.mark.parametrize("client", [400, 499, 500])
def test_a_success_of_the_provider_is_spend(client: int) -> None:
    assert outcome_of(Statuses(client, 200)) is Outcome.BLOCKED


@pytest.mark.parametrize(
    "statuses", [Statuses(400, None, NOT_ASKED), Statuses(503, None, NOT_ASKED), Statuses(429), Statuses(401)]
)
def test_a_call_that_was_stopped_before_the_provider_is_free(statuses: Statuses) -> None:
    assert outcome_of(statuses) is Outcome.FAILED


def test_a_guard_on_the_input_stops_a_call_before_the_provider() -> None:
    assert outcome_of(Statuses(400, None, ASKED), has_answer=False) is Outcome.FAILED


@pytest.mark.parametrize("provider_status", [400, 401, 429, 500, 502, 503, 529])
def test_an_error_of_the_provider_is_free(provider_status: int) -> None:
    assert outcome_of(Statuses(provider_status, provider_status, ASKED), provider="openai") is Outcome.FAILED


@pytest.mark.parametrize("status", [400, 408])
def test_errors_that_azure_may_bill_are_not_free_for_certain(status: int) -> None:
    assert outcome_of(Statuses(status, status, ASKED), provider="azure") is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "statuses", [Statuses(500), Statuses(400, None, ASKED), Statuses(504, 504, ASKED), Statuses(499, 499, ASKED)]
)
def test_nobody_knows_whether_a_provider_answered_that_may_have(statuses: Statuses) -> None:
    assert outcome_of(statuses, provider="openai") is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("client", "has_completion", "evidence"),
    [
        (400, True, TokensEvidence.REPORTED),
        (499, True, TokensEvidence.ESTIMATED),
        (504, True, TokensEvidence.ESTIMATED),
        (400, False, TokensEvidence.MISSING),
    ],
)
def test_counts_of_an_answer_that_nobody_got_may_not_be_all(
    client: int, has_completion: bool, evidence: TokensEvidence
) -> None:
    statuses = Statuses(client, 200)
    found = evidence_of_answer(TokensEvidence.REPORTED, Outcome.BLOCKED, statuses, has_completion=has_completion)
    assert found is evidence


@pytest.mark.parametrize("evidence", [TokensEvidence.REPORTED, TokensEvidence.PROVIDER, TokensEvidence.CONTEXT_UNKNOWN])
def test_no_count_is_certain_where_the_client_left(evidence: TokensEvidence) -> None:
    found = evidence_of_answer(evidence, Outcome.BLOCKED, Statuses(499, 200), has_completion=True)
    assert found is TokensEvidence.ESTIMATED
