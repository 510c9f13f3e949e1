"""Mapping files: what they name, and what is wrong with them by field."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from gatemeter.billing_systems.mapping_file import load_mapping, system_of
from gatemeter.billing_systems.systems.stripe_stream import StripeStream
from gatemeter.errors import InputError

TEXT = """
[stripe]
api = "v2-stream"
accounts = { acme = "cus_1" }
consumers = { labs = "cus_2" }
skip_accounts = ["internal"]
skip_charges = ["base"]
charges.requests = { event_name = "api_requests", meter_id = "mtr_1" }
charges.cost = { event_name = "cost", factor = 1_000_000 }
[orb]
grace_hours = 12
"""


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_accounts_consumers_and_charges_are_named(tmp_path: Path) -> None:
    path = written(tmp_path / "billing.toml", TEXT)
    found = load_mapping(path, "stripe")
    assert [found.customer("acme", name) for name in ("a", "labs")] == ["cus_1", "cus_2"]
    assert found.customer("globex", "a") is None
    assert [found.skips("internal", "x"), found.skips("acme", "base"), found.skips("acme", "x")] == [True, True, False]
    assert found.charges["cost"].factor == Decimal(1_000_000)
    assert isinstance(system_of("stripe", found, is_vendors_own=True), StripeStream)
    assert system_of("orb", load_mapping(path, "orb"), is_vendors_own=True).limits.oldest == timedelta(hours=12)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[stripe", "not TOML"),
        ("[paypal]", "paypal is not a billing system"),
        ("[lago]", "it has no table [stripe]"),
        ("stripe = 1", "stripe."),
        ("[stripe]\ncustomers = {}", "stripe.customers: Extra inputs are not permitted"),
        ("[stripe]\naccounts = { acme = 1 }", "stripe.accounts.acme: Input should be a valid string"),
        ("[stripe]\ncharges.a = {}", "stripe.charges.a.event_name: Field required"),
        ('[stripe]\ncharges.a = { event_name = "e", factor = 0 }', "stripe.charges.a.factor"),
        ('[stripe]\napi = "v3"', "stripe.api: stripe has no such setting or value"),
        ("[stripe]\ngrace_hours = 1", "stripe.grace_hours: stripe has no such setting or value"),
        ("[stripe]\nskip_charges = [1]", "stripe.skip_charges"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_field(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path / "billing.toml", text)
    with pytest.raises(InputError) as caught:
        load_mapping(path, "stripe")
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)
