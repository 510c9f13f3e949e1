"""Certificates for servers, and clients, that a test starts."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

_VALID = timedelta(days=2)
_LONG_AGO = timedelta(days=9)


def write_own_certificate(address: str, certificate_path: Path, key_path: Path) -> None:
    """Write PEM files for a server at the IP address `address`: its certificate, and its key with the certificate.

    Nobody has signed the certificate.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(address, address, key, is_authority=True).add_extension(_for_address(address), critical=False)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    certificate_path.write_bytes(certificate)
    key_path.write_bytes(_pem(key) + certificate)


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates. `path` is the PEM file of its own certificate."""

    path: Path
    name: str
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, path: Path) -> Self:
        """A new authority, whose certificate is written to `path`."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _builder(path.stem, path.stem, key, is_authority=True).sign(key, hashes.SHA256())
        path.write_bytes(certificate.public_bytes(Encoding.PEM))
        return cls(path, path.stem, key)

    def write_signed(
        self, name: str, path: Path, *, address: str | None = None, is_expired: bool = False, password: str = ""
    ) -> Path:
        """Write a key and its certificate for `name`, a server at the IP address `address` or a client, to `path`.

        A key with a password is encrypted.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, self.name, key, is_expired=is_expired)
        if address is not None:
            builder = builder.add_extension(_for_address(address), critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        path.write_bytes(_pem(key, password) + certificate.public_bytes(Encoding.PEM))
        return path


def _builder(
    name: str, issuer: str, key: ec.EllipticCurvePrivateKey, *, is_authority: bool = False, is_expired: bool = False
) -> x509.CertificateBuilder:
    now = datetime.now(UTC) - (_LONG_AGO if is_expired else timedelta())
    return (
        x509.CertificateBuilder()
        .subject_name(_common_name(name))
        .issuer_name(_common_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _VALID)
        .not_valid_after(now + _VALID)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )


def _common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _for_address(address: str) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])


def _pem(key: ec.EllipticCurvePrivateKey, password: str = "") -> bytes:
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
