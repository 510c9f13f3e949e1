"""A license report in a tar archive, as the vendor asks for it to be sent."""

import io
import tarfile
from datetime import datetime
from pathlib import Path

from gatemeter.contracts.errors import SettingsError

MEMBER_NAME = "response.json"


def default_archive_name(now: datetime) -> str:
    """`report-20260203T100500Z.tar`."""
    return f"report-{now:%Y%m%dT%H%M%SZ}.tar"


def write_archive(path: Path, report_json: str, now: datetime) -> None:
    """Write a tar at `path` that holds `report_json` as one file. Raises SettingsError when it cannot be written."""
    content = report_json.encode()
    member = tarfile.TarInfo(MEMBER_NAME)
    member.size, member.mtime, member.mode = len(content), int(now.timestamp()), 0o644
    try:
        with tarfile.open(path, "w") as archive:
            archive.addfile(member, io.BytesIO(content))
    except OSError as error:
        raise SettingsError(
            f"cannot write the archive: {error.strerror}", where=str(path), do="name another --tar"
        ) from error
