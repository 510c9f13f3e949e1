"""A prefix in an S3 bucket as a destination; credentials are those that AWS tools find by themselves."""

import hashlib
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gatemeter.errors import DeliveryError, GatemeterError, InstallError, SettingsError
from gatemeter.exports.destinations.destination import another_file, temporary_directory
from gatemeter.exports.manifest import MANIFEST_NAME
from gatemeter.exports.staged_file import StagedFile

_PART_BYTES = 16 * 1024 * 1024
"""Larger files go in parts of this size; S3 takes 10,000 parts, so 156 GiB a file."""

_CONNECT_TIMEOUT_S, _READ_TIMEOUT_S, _ATTEMPTS = 10, 60, 5
_HASH = "sha256"
_MD5_DIGITS = 32
_MOST_MANIFEST_BYTES = 64 * 1024 * 1024
_ABSENT = ("404", "NoSuchKey", "NotFound")


class S3Destination:
    """`s3://BUCKET/PREFIX`. An object has the hash of its content in its metadata, and is never overwritten.

    Raises SettingsError for what is not such an address, and InstallError where boto3 is missing.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
            raise SettingsError("it is not the address of a prefix in S3", where="--out", do="write s3://BUCKET/PREFIX")
        self._bucket, self._prefix = parts.netloc, parts.path.strip("/")
        self.name = f"s3://{self._bucket}/{self._prefix}".rstrip("/")
        self._client, self._transfer = _client()

    def manifest(self) -> bytes | None:
        """See `Destination.manifest`."""
        with self._answering(MANIFEST_NAME):
            try:
                found = self._client.get_object(Bucket=self._bucket, Key=self._key(MANIFEST_NAME))
            except self._client.exceptions.NoSuchKey:
                return None
            text: bytes = found["Body"].read(_MOST_MANIFEST_BYTES)
        return text

    def working_directory(self, names: Collection[str]) -> AbstractContextManager[Path]:
        """See `Destination.working_directory`."""
        return temporary_directory()

    def put(self, file: StagedFile) -> bool:
        """See `Destination.put`."""
        name = file.facts.name
        if (found := self._head(name)) is not None:
            if _is_same(found, file):
                return False
            raise another_file(f"{self.name}/{name}")
        extra = {"Metadata": {_HASH: file.facts.sha256}, "ContentType": file.facts.media_type}
        with self._answering(name):
            self._client.upload_file(
                str(file.path), self._bucket, self._key(name), ExtraArgs=extra, Config=self._transfer
            )
        if (stored := self._head(name)) is None or not _is_same(stored, file):
            raise DeliveryError(
                "it acknowledged the file, and has another one",
                where=f"{self.name}/{name}",
                do="check what stands in front of the bucket, delete the object, and run again",
            )
        return True

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}".lstrip("/")

    def _head(self, name: str) -> dict[str, Any] | None:
        with self._answering(name):
            try:
                found: dict[str, Any] = self._client.head_object(Bucket=self._bucket, Key=self._key(name))
            except self._client.exceptions.ClientError as error:
                if error.response.get("Error", {}).get("Code") in _ABSENT:
                    return None
                raise
        return found

    @contextmanager
    def _answering(self, name: str) -> Iterator[None]:
        """Raise DeliveryError for what the library raises, without its texts, which may quote a request."""
        import boto3.exceptions
        import botocore.exceptions as failures

        try:
            yield
        except failures.NoCredentialsError as error:
            raise self._failed(name, "there are no credentials for AWS", "set them as for the AWS tools") from error
        except (boto3.exceptions.Boto3Error, failures.ClientError) as error:
            raise self._failed(name, f"it refuses: {_code(error)}", _CHECK) from error
        except (failures.BotoCoreError, failures.HTTPClientError) as error:
            raise self._failed(
                name, f"it cannot be reached, or does not answer in time ({type(error).__name__})", _AGAIN
            ) from error

    def _failed(self, name: str, what: str, do: str) -> GatemeterError:
        return DeliveryError(what, where=f"{self.name}/{name}", do=do)


_CHECK = "check the bucket, and what the credentials may do there"
_AGAIN = "check the region, AWS_ENDPOINT_URL and the network, and run again"


def _client() -> tuple[Any, Any]:
    try:
        import boto3
        from boto3.s3.transfer import TransferConfig
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise InstallError("S3 needs boto3", do="pip install 'gatemeter[s3]'") from error
    config = Config(
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        retries={"max_attempts": _ATTEMPTS, "mode": "standard"},
    )
    try:
        client = boto3.session.Session().client("s3", config=config)
    except (BotoCoreError, ValueError) as error:
        raise SettingsError(
            f"the settings of AWS cannot be used ({type(error).__name__})",
            do="check AWS_PROFILE, AWS_REGION and AWS_ENDPOINT_URL",
        ) from error
    return client, TransferConfig(multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES, use_threads=False)


def _is_same(found: dict[str, Any], file: StagedFile) -> bool:
    """By size and by the hash that was sent with it; of one part in the clear, or with SSE-S3, also by its MD5."""
    facts = file.facts
    if found["ContentLength"] != facts.size_bytes or found["Metadata"].get(_HASH) != facts.sha256:
        return False
    etag: str = found["ETag"].strip('"')
    if (
        len(etag) != _MD5_DIGITS
        or found.get("ServerSideEncryption", "AES256") != "AES256"
        or "SSECustomerAlgorithm" in found
    ):
        return True
    with file.path.open("rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == etag


def _code(error: Any) -> str:
    response = getattr(error, "response", None) or getattr(error.__context__, "response", None) or {}
    code = response.get("Error", {}).get("Code")
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    known = [str(each) for each in (code, status) if each]
    return " ".join(known) or type(error).__name__
