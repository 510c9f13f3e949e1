"""What there is for whoever asks: the restriction of the token, and the hours of the usage that it may see."""

from datetime import UTC, datetime
from typing import Any

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict, Field

from gatemeter.clickhouse.query import fetch
from gatemeter.reports.usage_parameters import AllowedRows, consumer_parameters

_TABLE = "api_usage_hourly"


class AccessAnswer(BaseModel):
    """The answer of `GET /api/v1/access`; without usage there are no hours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_restricted: bool
    consumers: list[str] = Field(description="Ids, user names or custom ids that the token is limited to.")
    workspaces: list[str] = Field(description="Workspaces that the token is limited to.")
    first_hour: str | None = Field(description="The first hour with usage, as 2026-02-01T10:00Z.")
    last_hour: str | None = Field(description="The last hour with usage; it may still grow.")
    entitlements_by: str | None = Field(
        description="By which name of a consumer its entitlements are asked for, as `subject`; null: for none."
    )


def access_answer(client: Client, allowed: AllowedRows, entitlements_by: str | None) -> dict[str, Any]:
    """An `AccessAnswer` as JSON. Raises as `fetch` does."""
    whose = {**consumer_parameters(()), **allowed.query_parameters}
    [extent] = fetch(client, "usage_extent", {"usage_table": _TABLE, **whose})
    hours = [_hour(extent[name]) if extent["row_count"] else None for name in ("first_hour", "last_hour")]
    return AccessAnswer(
        is_restricted=not allowed.is_all,
        consumers=list(allowed.consumers),
        workspaces=list(allowed.workspaces),
        first_hour=hours[0],
        last_hour=hours[1],
        entitlements_by=None if allowed.workspaces else entitlements_by,
    ).model_dump()


def _hour(unix_s: int) -> str:
    return f"{datetime.fromtimestamp(unix_s, UTC):%Y-%m-%dT%H:%MZ}"
