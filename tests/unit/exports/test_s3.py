"""S3 as a destination, on a server in this process: parts, repetition, refusals, and what is not kept."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from gatemeter.errors import ConflictError, DeliveryError
from gatemeter.exports.destinations import s3
from gatemeter.exports.destinations.s3 import S3Destination
from tests.support.exports import bill_line, exported_to
from tests.support.repository import ROOT

pytestmark = pytest.mark.loopback

SECRET = "s3cr3t-key"
_NUMBERS = count(1)
NAMES = ["lines.jsonl", "usage.jsonl", "manifest.json"]
FIVE_MIB = 5 * 1024 * 1024
"""The smallest part that S3 takes."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture(scope="module")
def admin(server: str) -> Any:
    """A client beside those that are tested."""
    return boto3.client(
        "s3", endpoint_url=server, region_name="us-east-1", aws_access_key_id="me", aws_secret_access_key=SECRET
    )


@pytest.fixture
def bucket(server: str, admin: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket of its own."""
    settings = {
        "ENDPOINT_URL": server,
        "ACCESS_KEY_ID": "me",
        "SECRET_ACCESS_KEY": SECRET,
        "DEFAULT_REGION": "us-east-1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    name = f"bucket-{next(_NUMBERS)}"
    admin.create_bucket(Bucket=name)
    return name


@pytest.fixture
def to(bucket: str) -> S3Destination:
    return S3Destination(f"s3://{bucket}/billing/2026-02/")


def objects(admin: Any, bucket: str) -> dict[str, bytes]:
    keys = [each["Key"] for each in admin.list_objects_v2(Bucket=bucket).get("Contents", ())]
    return {key: admin.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def refusal(to: S3Destination, kind: Any = DeliveryError) -> str:
    with pytest.raises(kind) as found:
        exported_to(to)
    assert SECRET not in repr(found.value) + str(found.value)
    return str(found.value).removeprefix(f"{to.name}/")


def test_a_second_export_changes_nothing(to: S3Destination, admin: Any, bucket: str) -> None:
    assert exported_to(to).sent == 3
    first = objects(admin, bucket)
    assert admin.head_object(Bucket=bucket, Key="billing/2026-02/manifest.json")["ContentType"] == "application/json"
    assert set(first) == {f"billing/2026-02/{name}" for name in NAMES}
    assert exported_to(to).sent == 0
    with pytest.raises(ConflictError, match="another export stands there"):
        exported_to(to, period="2026-03")
    with pytest.raises(ConflictError, match="numbers have changed since"):
        exported_to(to, bill_line(quantity=6))
    assert objects(admin, bucket) == first


@pytest.mark.long(reason="ten megabytes through a slow server")
def test_a_large_file_goes_in_parts(
    to: S3Destination, admin: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_PART_BYTES", FIVE_MIB)
    many = bill_line(formula="x" * (FIVE_MIB + 1))
    parted = S3Destination(to.name)
    assert exported_to(parted, many).sent == 3
    etag = admin.head_object(Bucket=bucket, Key="billing/2026-02/lines.jsonl")["ETag"]
    assert etag.endswith('-2"')
    assert exported_to(parted, many).sent == 0


def test_another_object_is_not_overwritten(to: S3Destination, admin: Any, bucket: str) -> None:
    admin.put_object(Bucket=bucket, Key="billing/2026-02/usage.jsonl", Body=b"mine")
    assert refusal(to, ConflictError).startswith("usage.jsonl: another file is there, and is not overwritten")
    assert objects(admin, bucket)["billing/2026-02/usage.jsonl"] == b"mine"


def test_an_object_that_is_not_what_was_sent_is_found(to: S3Destination, admin: Any, bucket: str) -> None:
    """Something in front of the bucket that keeps other bytes, and all that was said of them."""

    def upload(_path: str, bucket: str, key: str, **options: Any) -> None:
        admin.put_object(Bucket=bucket, Key=key, Body=b"x" * 10, Metadata=options["ExtraArgs"]["Metadata"])

    to._client.upload_file = upload
    assert refusal(to).startswith("lines.jsonl: it acknowledged the file, and has another one")
    assert "billing/2026-02/manifest.json" not in objects(admin, bucket)


def test_bytes_that_were_swapped_are_found_by_their_hash(to: S3Destination, admin: Any) -> None:
    def upload(path: str, bucket: str, key: str, **options: Any) -> None:
        with open(path, "rb") as file:  # noqa: PTH123 - as the library is called
            swapped = file.read()[::-1]
        admin.put_object(Bucket=bucket, Key=key, Body=swapped, Metadata=options["ExtraArgs"]["Metadata"])

    to._client.upload_file = upload
    assert refusal(to).startswith("lines.jsonl: it acknowledged the file, and has another one")


def test_an_upload_that_is_refused_says_why(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library hides the answer behind an error of its own."""
    monkeypatch.setattr(S3Destination, "manifest", lambda _: None)
    assert refusal(S3Destination("s3://no-such-bucket/x")).startswith("lines.jsonl: it refuses: NoSuchBucket 404")


def test_a_bucket_that_is_not_there_is_one_clear_line(bucket: str) -> None:
    said = refusal(S3Destination("s3://no-such-bucket/x"))
    assert said.startswith("manifest.json: it refuses: NoSuchBucket 404; check the bucket")


def test_nobody_listening_is_one_clear_line(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(s3, "_ATTEMPTS", 1)
    said = refusal(S3Destination(f"s3://{bucket}/x"))
    assert said.startswith("manifest.json: it cannot be reached, or does not answer in time (EndpointConnectionError)")


def test_missing_credentials_are_one_clear_line(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    assert refusal(S3Destination(f"s3://{bucket}/x")).startswith("manifest.json: there are no credentials for AWS")


@pytest.mark.long(reason="a process that imports everything")
def test_a_killed_export_has_no_manifest_and_is_completed(to: S3Destination, admin: Any, bucket: str) -> None:
    command = [sys.executable, "-m", "tests.support.killed_commands.export", to.name, "put"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    assert set(objects(admin, bucket)) == {"billing/2026-02/lines.jsonl"}
    assert exported_to(to).sent == 2
    exported_to(S3Destination(f"s3://{bucket}/other"))
    found = objects(admin, bucket)
    names = ("lines.jsonl", "usage.jsonl", "manifest.json")
    assert [found[f"billing/2026-02/{name}"] for name in names] == [found[f"other/{name}"] for name in names]
