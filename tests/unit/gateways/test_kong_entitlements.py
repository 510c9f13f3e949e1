"""What the ready-made file for Kong relies on."""

from gatemeter.api.entitlements_answer import UNKNOWN
from tests.support.gateways.program import CONFIGURATIONS


def test_kong_tells_an_unknown_consumer_from_a_wrong_address_by_what_the_api_says() -> None:
    said = (CONFIGURATIONS / "kong" / "entitlements.yaml").read_text()
    assert f'answer.status == 404 and found.detail == "{UNKNOWN}"' in said
