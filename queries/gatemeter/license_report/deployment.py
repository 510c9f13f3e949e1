"""What an inventory tells about the gateway whose license report is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

HOSTNAME_DIGITS = 12

UNLICENSED = "UNLICENSED"
"""The key in the report of a gateway without a license."""

NO_LICENSE_DATE = "2017-7-20"
"""The date in the report of a gateway without a license, as the vendor writes it."""


class DeploymentType(StrEnum):
    """How a gateway is run, by the words of the report."""

    TRADITIONAL = "traditional"
    HYBRID = "hybrid"
    DBLESS = "dbless"


@dataclass(frozen=True, slots=True)
class License:
    """What the report says of a license; the date is as the vendor writes it."""

    license_key: str | None
    license_expiration_date: str | None


NO_LICENSE = License(UNLICENSED, NO_LICENSE_DATE)


@dataclass(frozen=True, slots=True)
class PluginCounts:
    """Configured instances by the plugin's name, in each tier of the report."""

    free: Mapping[str, int]
    enterprise: Mapping[str, int]
    custom: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Deployment:
    """One control plane. None stands for what is not known, in every field.

    `license` is `NO_LICENSE` where there is none, and where nobody has told of one. `hostname` is hashed
    (`hashed_hostname`).
    """

    kong_version: str | None = None
    db_version: str | None = None
    license: License = NO_LICENSE
    plugins: PluginCounts | None = None
    unique_route_lambdas: int | None = None
    unique_route_kafkas: int | None = None
    services_count: int | None = None
    routes_count: int | None = None
    consumers_count: int | None = None
    rbac_users: int | None = None
    workspaces_count: int | None = None
    cores: int | None = None
    hostname: str | None = None
    uname: str | None = None
    deployment_type: DeploymentType | None = None
    connected_dp_count: int | None = None


NOTHING_KNOWN = Deployment()


def hashed_hostname(hostname: str) -> str:
    """The first 12 digits of the hostname's SHA-256, in hex: the vendor's documents show as many of theirs."""
    return sha256(hostname.encode()).hexdigest()[:HOSTNAME_DIGITS]
