"""A license report in a tar, as the vendor asks for it to be sent."""

import io
import tarfile
from datetime import datetime
from pathlib import Path

from gatemeter.errors import InputError
from gatemeter.output.result_file import write_whole

MEMBER_NAME = "response.json"
_LARGEST_REPORT_BYTES = 16 * 1024 * 1024


def archive_stem(now: datetime) -> str:
    """`report-2026_02_03_10_05_AM`, as the vendor's documents name theirs, in UTC."""
    return f"report-{now:%Y_%m_%d_%I_%M_%p}"


def archive_bytes(report_json: str, now: datetime) -> bytes:
    """A tar that holds `report_json` as one file."""
    content, archived = report_json.encode(), io.BytesIO()
    member = tarfile.TarInfo(MEMBER_NAME)
    member.size, member.mtime, member.mode = len(content), int(now.timestamp()), 0o644
    with tarfile.open(fileobj=archived, mode="w") as archive:
        archive.addfile(member, io.BytesIO(content))
    return archived.getvalue()


def write_archive(path: Path, report_json: str, now: datetime) -> None:
    """Write a tar at `path` that holds `report_json` as one file. Raises SettingsError when it cannot be written."""
    write_whole(path, [archive_bytes(report_json, now)])


def report_text(content: bytes, where: str) -> bytes:
    """The JSON text in `content`: of a tar its `response.json`, else all of it. Raises InputError."""
    if not _is_tar(content):
        return content
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            members = archive.getmembers()
            names = [member.name for member in members]
            if names != [MEMBER_NAME] or not members[0].isreg() or members[0].size > _LARGEST_REPORT_BYTES:
                raise InputError(f"is a tar of something else than one {MEMBER_NAME}", where=where)
            file = archive.extractfile(members[0])
            return b"" if file is None else file.read()
    except (tarfile.TarError, EOFError, OverflowError, ValueError) as error:
        raise InputError(f"is a tar that cannot be read: {error}", where=where) from error


def _is_tar(content: bytes) -> bool:
    return content[257:262] == b"ustar"
