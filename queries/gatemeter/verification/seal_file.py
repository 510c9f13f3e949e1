"""The file of seal heads that somebody keeps out of reach of the database: one JSON object a line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gatemeter.errors import InputError
from gatemeter.verification.seal_chain import SealedEpoch
from gatemeter.verification.seal_recipe import NEWEST_RECIPE, RECIPES
from gatemeter.verification.seal_store import sealed_logs, stored_seals


class SealHead(BaseModel):
    """The last seals of one partition of a log, over its first `epochs` sealed epochs: a line of an exported file.

    With `epochs` 0 it is the seal of the open epoch by itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    log: str
    partition: int
    topic: str
    epochs: int
    first_offset: int
    """Where the last of these epochs begins."""
    next_offset: int
    """The offset behind the last of these epochs."""
    recipe: int = Field(ge=min(RECIPES), le=NEWEST_RECIPE)
    """By which the hashes of the last of these epochs were made."""
    usage_seal: str
    costs_seal: str
    records_seal: str

    @classmethod
    def of(cls, log: str, last: SealedEpoch) -> Self:
        """The head whose last epoch is `last`."""
        return cls(
            log=log,
            partition=last.epoch.partition,
            topic=last.epoch.topic,
            epochs=last.number,
            first_offset=last.epoch.first_offset,
            next_offset=last.epoch.next_offset,
            recipe=last.epoch.recipe,
            usage_seal=last.heads.usage,
            costs_seal=last.heads.costs,
            records_seal=last.heads.records,
        )


def stored_heads(client: Client) -> list[SealHead]:
    """The head of every partition that has sealed epochs. Raises as `fetch` does."""
    return [
        SealHead.of(log, each)
        for log in sealed_logs(client)
        for _, sealed in sorted(stored_seals(client, log).items())
        for each in sealed
        if each.is_open or each is sealed[-1]
    ]


def heads_text(heads: Sequence[SealHead]) -> str:
    """The text of the file."""
    return "".join(f"{head.model_dump_json()}\n" for head in heads)


def read_heads(path: Path) -> list[SealHead]:
    """The heads in the file at `path`. Raises InputError for a file that `gatemeter seal export` did not write."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("cannot be read as a file of seals", where=str(path)) from error
    heads = [_head(line, f"{path}:{number}") for number, line in enumerate(lines, start=1)]
    if not heads:
        raise InputError("holds no seal", where=str(path), do="name a file that gatemeter seal export wrote")
    return heads


def _head(line: str, where: str) -> SealHead:
    try:
        return SealHead.model_validate_json(line)
    except ValidationError as error:
        raise InputError(
            "is no head of a seal", where=where, do="name a file that gatemeter seal export wrote"
        ) from error
