"""Meters for tests, as users declare them."""

from decimal import Decimal

from gatemeter.formats.registry import aliases, format_names
from gatemeter.metering.ruleset import Metering
from gatemeter.meters.declaration import MeterDeclaration
from gatemeter.meters.file import parse_declarations
from gatemeter.meters.meters import Meters
from tests.support.logs import METERING

CREDITS = """
[[meters]]
name = "credits"
format = "kong"
unit = "credits"
value = "response.headers.x-credits"
decimals = 3
group_by = { plan = "response.headers.x-plan" }
"""
BYTES_OUT = """
[[meters]]
name = "bytes-out"
format = "kong"
unit = "bytes"
value = "response.size"
filter = { "response.status" = { below = 400 } }
"""
EXPORTS = """
[[meters]]
name = "exports"
format = "cloudevents"
unit = "rows"
value = "data.rows"
filter = { type = "report.exported" }
"""
SEATS = """
[[meters]]
name = "seats"
format = "cloudevents"
unit = "users"
value = "data.user"
aggregation = "unique"
filter = { type = "report.exported" }
"""


def declared(text: str) -> list[MeterDeclaration]:
    """The meters in TOML."""
    return list(parse_declarations(text, "meters.toml", format_names(), aliases()))


def metering_with(text: str) -> Metering:
    """Counting with the meters in TOML, and without a price for anything."""
    return Metering(METERING.prices, meters=Meters(declared(text)))


def unscaled(value_scaled: int, decimals: int) -> Decimal:
    """The value of a row's `value_scaled`."""
    return Decimal(value_scaled).scaleb(-decimals)
