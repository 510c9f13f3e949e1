"""What a consumer may still use, as gateways ask for it: answered from memory."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from gatemeter.budgets.budget_list import why_not_known
from gatemeter.budgets.entitlement_refresh import EntitlementRefresh
from gatemeter.budgets.entitlements import Snapshot
from gatemeter.budgets.use import Use
from gatemeter.httpserver.problem import ProblemError
from gatemeter.plans.amount import plain
from gatemeter.reports.usage_parameters import AllowedRows

OLDEST = timedelta(minutes=5)
"""What is older is not answered: a gateway decides by itself what to do without an answer."""

UNKNOWN = "the consumer is not known, or not to the token"
"""Gateways tell this answer from other ones with 404: then nothing is used up, and no wrong address is asked."""


class EntitlementRequest(BaseModel):
    """The parameters of a request."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deny: Annotated[bool, Field(description="Answer 403 in place of 200 where has_access is false.")] = False


class _Answered(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EntitlementWindow(_Answered):
    """The time that a budget is for, in UTC: from `start` up to, not including, `end`."""

    start: str
    end: str


class Entitlement(_Answered):
    """A budget of a consumer, or of its account. Amounts are exact decimal numbers as text; null is not known."""

    budget: str
    per: str
    scope: str
    meter: str
    currency: str | None
    limit: str
    used: str | None
    used_at_least: str
    left: str | None
    left_at_most: str = Field(description="Below 0 where more was used than the limit.")
    is_known: bool
    note: str = Field(description="Why it is not known what is used; empty where it is.")
    window: EntitlementWindow
    enforced: bool


class EntitlementsAnswer(_Answered):
    """The answer of `GET /api/v1/entitlements/{consumer}`. Times are UTC."""

    consumer: str
    has_access: bool = Field(description="False where a budget that is to enforce is certainly used up.")
    is_certain: bool = Field(
        description="False where there is access because it is not known what is used, of what was stored."
    )
    read_at: str = Field(description="When the numbers were read.")
    stored_until: str | None = Field(
        description="All partitions of topics were stored at this time or later; null where none is being counted."
    )
    entitlements: list[Entitlement]


EXAMPLE: dict[str, Any] = {
    "consumer": "acme",
    "has_access": True,
    "is_certain": True,
    "read_at": "2026-02-15T10:30:04Z",
    "stored_until": "2026-02-15T10:30:01Z",
    "entitlements": [
        {
            "budget": "requests",
            "per": "consumer",
            "scope": "acme",
            "meter": "request_count",
            "currency": None,
            "limit": "1000000",
            "used": "800214",
            "used_at_least": "800214",
            "left": "199786",
            "left_at_most": "199786",
            "is_known": True,
            "note": "",
            "window": {"start": "2026-02-01T00:00:00Z", "end": "2026-03-01T00:00:00Z"},
            "enforced": True,
        }
    ],
}


def entitlements_answer(
    refresh: EntitlementRefresh | None, consumer: str, allowed: AllowedRows, now: datetime
) -> dict[str, Any]:
    """An `EntitlementsAnswer` as JSON.

    Raises ProblemError: 404 for a consumer that is not known or may not be seen, for a token that is limited to
    workspaces, and without budgets; 503 while nothing, or nothing new, is known. To a gateway 403 means a denial.
    """
    if allowed.workspaces:
        what = "budgets are of all usage of a consumer, and the token is limited to workspaces"
        raise ProblemError(HTTPStatus.NOT_FOUND, what)
    snapshot = _newest(refresh, now)
    found = snapshot.entitled(consumer, allowed.consumers, now)
    if found is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, UNKNOWN)
    return EntitlementsAnswer(
        consumer=consumer,
        has_access=found.has_access,
        is_certain=found.is_certain,
        read_at=_iso(snapshot.evaluation.at),
        stored_until=None if snapshot.stored_until is None else _iso(snapshot.stored_until),
        entitlements=[_entitlement(use) for use in found.uses],
    ).model_dump()


def _newest(refresh: EntitlementRefresh | None, now: datetime) -> Snapshot:
    if refresh is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "the server has no budgets: start it with --budgets")
    snapshot = refresh.snapshot
    if snapshot is None or now - snapshot.evaluation.at > OLDEST:
        what = "what is used was not read yet" if snapshot is None else "what is used could not be read for minutes"
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, what, retry_after_s=1)
    return snapshot


def _entitlement(use: Use) -> Entitlement:
    budget = use.budget
    return Entitlement(
        budget=budget.name,
        per=str(budget.per),
        scope=use.scope,
        meter=budget.meter,
        currency=budget.currency,
        limit=plain(budget.limit),
        used=plain(use.used) if use.is_known else None,
        used_at_least=plain(use.used),
        left=plain(use.left) if use.is_known else None,
        left_at_most=plain(use.left),
        is_known=use.is_known,
        note=why_not_known(use),
        window=EntitlementWindow(start=_iso(use.window.start), end=_iso(use.window.end)),
        enforced=budget.enforce,
    )


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
