import pytest

from gatemeter.clickhouse.connection import ClickHouseAddress
from gatemeter.errors import SettingsError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://db", ClickHouseAddress("db", 8123, "default", "", "gatemeter", secure=False)),
        ("https://db", ClickHouseAddress("db", 8443, "default", "", "gatemeter", secure=True)),
        ("http://ann:pw@db:9000/bills", ClickHouseAddress("db", 9000, "ann", "pw", "bills")),
        ("http://a%40b:p%2F%3A@db/x%20y/", ClickHouseAddress("db", 8123, "a@b", "p/:", "x y")),
        ("http://[::1]:18123/", ClickHouseAddress("::1", 18123)),
    ],
)
def test_an_address_is_parsed_from_its_url(url: str, expected: ClickHouseAddress) -> None:
    assert ClickHouseAddress.parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "db:8123",
        "ftp://ann:secret@db",
        "http://ann:secret@",
        "http://ann:secret@db:x",
        "http://ann:secret@db:99999",
        "http://ann:secret@db/a/b",
        "http://ann:secret@db/a?secure=1",
        "http://ann:secret@[::1",
    ],
)
def test_a_bad_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        ClickHouseAddress.parse(url)
    assert "secret" not in str(caught.value)
    assert "write http" in str(caught.value)


def test_an_address_never_shows_the_password() -> None:
    address = ClickHouseAddress.parse("https://ann:secret@[::1]/bills")
    assert str(address) == "https://ann@[::1]:8443/bills"
    assert "secret" not in repr(address)
