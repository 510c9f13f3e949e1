"""Addresses and tokens for HTTP clients: what is refused, by which words, and that no secret is repeated."""

import pytest

from gatemeter.errors import SettingsError
from gatemeter.http_address import AddressFault, address_fault, require_http_address, require_token


@pytest.mark.parametrize(
    "url", ["https://host", "http://host:8080/a/b/", "HTTPS://host", "https://[::1]:1/x", "https://b\u00fccher/x"]
)
def test_an_address_is_taken_however_it_is_written(url: str) -> None:
    assert address_fault(url) is None
    require_http_address(url, "a folder", form="write one", instead_of_login="leave it out")


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://host:port/x", AddressFault.HOST),
        ("https://host:0/x", AddressFault.HOST),
        ("https://host:70000/x", AddressFault.HOST),
        ("https://[::1/x", AddressFault.HOST),
        ("https://ho st/x", AddressFault.LETTERS),
        ("https://host/\nx", AddressFault.LETTERS),
        (" https://host/x", AddressFault.LETTERS),
        ("https://host/\u202ex", AddressFault.LETTERS),
        ("ftp://host/x", AddressFault.FORM),
        ("host/x", AddressFault.FORM),
        ("https:///x", AddressFault.FORM),
        ("https://host/x?key=secret", AddressFault.FORM),
        ("https://host/x#secret", AddressFault.FORM),
        ("https://me:secret@host/x", AddressFault.LOGIN),
        ("https://:secret@host/x", AddressFault.LOGIN),
        ("https://@host/x", AddressFault.LOGIN),
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(url: str, fault: AddressFault) -> None:
    assert address_fault(url) is fault
    with pytest.raises(SettingsError) as found:
        require_http_address(url, "a folder", form="write one", instead_of_login="leave it out", where="--out")
    assert "secret" not in str(found.value)
    assert str(found.value).startswith("--out: ")
    assert str(found.value).endswith("; leave it out" if fault is AddressFault.LOGIN else "; write one")


def test_a_query_is_taken_where_one_is_expected() -> None:
    assert address_fault("https://host/x?team=a", may_have_query=True) is None
    assert address_fault("https://host/x?team=a#b", may_have_query=True) is AddressFault.FORM


@pytest.mark.parametrize("token", ["two words", "l\u00fcge", "line\n", "\t"])
def test_a_token_that_no_header_can_carry_is_refused(token: str) -> None:
    with pytest.raises(SettingsError, match="the token holds spaces or letters that no token has") as found:
        require_token(token)
    assert token not in str(found.value)


def test_no_token_and_a_usual_one_are_taken() -> None:
    require_token("")
    require_token("abc.DEF-123_~+/=")
