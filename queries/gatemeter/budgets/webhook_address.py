"""Which addresses a webhook may lead to: none of this machine or of private networks, unless it says so.

The address that was checked is the one that is connected to: what its name means a moment later does not matter.
"""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")


class RefusedAddressError(Exception):
    """The host has no address, or one that it must not have."""


def checked_address(host: str, port: int, *, allow_private: bool) -> str:
    """An address of `host` to connect to. Raises RefusedAddressError if any of its addresses is not allowed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        msg = "the host has no address"
        raise RefusedAddressError(msg) from error
    addresses = [str(each[4][0]) for each in found]
    if not allow_private and not all(_is_public(each) for each in addresses):
        msg = "the host has a private address (allow_private)"
        raise RefusedAddressError(msg)
    return addresses[0]


def _is_public(text: str) -> bool:
    return all(map(_is_of_the_internet, _meant(ip_address(text))))


def _is_of_the_internet(address: IPv4Address | IPv6Address) -> bool:
    is_of_site = isinstance(address, IPv6Address) and address.is_site_local  # which `is_global` does not know
    return address.is_global and not (address.is_multicast or address.is_reserved or is_of_site)


def _meant(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """The address, or the ones of IPv4 that it stands for."""
    if isinstance(address, IPv4Address):
        yield address
    elif address.ipv4_mapped or address.sixtofour:
        yield address.ipv4_mapped or address.sixtofour or address
    elif address.teredo:
        yield from address.teredo
    elif address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    else:
        yield address
