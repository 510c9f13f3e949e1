"""The file that says what accounts and charges are called in a billing system.

It is TOML with a table for each system, so that customers of several systems can stand in one file.
"""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gatemeter.billing_systems.billing_system import BillingSystem
from gatemeter.billing_systems.systems.lago import Lago
from gatemeter.billing_systems.systems.metronome import Metronome
from gatemeter.billing_systems.systems.openmeter import OpenMeter
from gatemeter.billing_systems.systems.orb import Orb
from gatemeter.billing_systems.systems.stripe import Stripe
from gatemeter.billing_systems.systems.stripe_stream import StripeStream
from gatemeter.errors import InputError
from gatemeter.lenient.toml import parse_toml
from gatemeter.plans.amount import Positive

SYSTEMS = ("stripe", "openmeter", "lago", "orb", "metronome")
DEFAULT_URLS = {
    "stripe": "https://api.stripe.com",
    "openmeter": "https://openmeter.cloud",
    "lago": "https://api.getlago.com",
    "orb": "https://api.withorb.com",
    "metronome": "https://api.metronome.com",
}
KONNECT_URL = "https://us.api.konghq.com"
STRIPE_STREAM_URL = "https://meter-events.stripe.com"
_DO = "see docs/billing-systems.md"
_Name = Annotated[str, Field(min_length=1, max_length=256)]


class Part(BaseModel):
    """A table of the file: an unknown name in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class MappedCharge(Part):
    """What the system calls the usage of a charge.

    Quantities are multiplied by `factor`: 1000000 makes whole numbers of amounts of money. `meter_id` is the system's
    own id of what counts these events; it is needed to ask for totals.
    """

    event_name: _Name
    meter_id: _Name | None = None
    factor: Annotated[Positive, Field(strict=False)] = Decimal(1)


class Mapping(Part):
    """The table of one system.

    A consumer that stands in `consumers` has a customer of its own, apart from its account's. `skip_accounts` and
    `skip_charges` are delivered to nobody. What an `environment` has is counted apart from others at the same address.
    """

    accounts: dict[str, _Name] = {}
    consumers: dict[str, _Name] = {}
    charges: dict[str, MappedCharge] = {}
    skip_accounts: frozenset[str] = frozenset()
    skip_charges: frozenset[str] = frozenset()
    environment: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{0,64}$")] = ""
    api: Literal["v1", "v2-stream", "v3"] = "v1"
    grace_hours: Annotated[int, Field(gt=0)] | None = None
    remembers_days: Annotated[int, Field(ge=0)] | None = None

    def customer(self, account: str, consumer: str) -> str | None:
        """Whose usage it is in the system; None where the file does not say."""
        return self.consumers.get(consumer, self.accounts.get(account))

    def skips(self, account: str, charge: str) -> bool:
        """Whether this usage is not to be delivered."""
        return account in self.skip_accounts or charge in self.skip_charges


def load_mapping(path: Path, system: str) -> Mapping:
    """The table `system` of a file. Raises InputError, which names every field that is wrong."""
    try:
        document = parse_toml(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), do="check the path") from error
    except ValueError as error:
        raise InputError(f"not TOML: {error}", where=str(path), do=_DO) from error
    if unknown := sorted(set(document) - set(SYSTEMS)):
        raise InputError(f"{unknown[0]} is not a billing system", where=str(path), do=_DO)
    if system not in document:
        raise InputError(f"it has no table [{system}]", where=str(path), do=_DO)
    try:
        found = Mapping.model_validate(_lists_as_sets(document[system]))
    except ValidationError as error:
        wrong = [f"{system}.{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise InputError("; ".join(wrong), where=str(path), do=_DO) from error
    _require_own_settings(found, system, path)
    return found


def default_url(name: str, mapping: Mapping) -> str:
    """The vendor's own API: of Konnect that of the United States."""
    return KONNECT_URL if (name, mapping.api) == ("openmeter", "v3") else DEFAULT_URLS[name]


def system_of(name: str, mapping: Mapping, *, is_vendors_own: bool) -> BillingSystem:
    """The system that the mapping describes; `is_vendors_own` where no other address was given."""
    match name:
        case "stripe" if mapping.api == "v2-stream":
            return StripeStream(STRIPE_STREAM_URL if is_vendors_own else "")
        case "stripe":
            return Stripe()
        case "openmeter":
            days = 32 if mapping.remembers_days is None else mapping.remembers_days
            return OpenMeter("v3" if mapping.api == "v3" else "v1", timedelta(days=days))
        case "lago":
            return Lago()
        case "orb":
            return Orb(None if mapping.grace_hours is None else timedelta(hours=mapping.grace_hours))
        case "metronome":
            return Metronome()
    raise ValueError(name)


_SETTINGS: dict[str, dict[str, tuple[str, ...] | None]] = {
    "api": {"stripe": ("v1", "v2-stream"), "openmeter": ("v1", "v3")},
    "grace_hours": {"orb": None},
    "remembers_days": {"openmeter": None},
}


def _require_own_settings(mapping: Mapping, system: str, path: Path) -> None:
    for name, systems in _SETTINGS.items():
        if name not in mapping.model_fields_set:
            continue
        values = systems.get(system, ())
        if system not in systems or (values is not None and getattr(mapping, name) not in values):
            raise InputError(f"{system}.{name}: {system} has no such setting or value", where=str(path), do=_DO)


def _lists_as_sets(table: object) -> object:
    if not isinstance(table, dict):
        return table
    skips = ("skip_accounts", "skip_charges")
    return {
        name: frozenset(value) if name in skips and isinstance(value, list) and all(map(_is_text, value)) else value
        for name, value in table.items()
    }


def _is_text(value: object) -> bool:
    return isinstance(value, str)
