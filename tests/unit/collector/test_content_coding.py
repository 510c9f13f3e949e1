"""Packed bodies: whole, damaged, and those that unpack to more than is allowed."""

import gzip
from http import HTTPStatus

import pytest
import zstandard

from gatemeter.collector.content_coding import unpacked
from gatemeter.httpserver.problem import ProblemError

TEXT = b'{"a":1}' * 100
LIMIT_BYTES = 1_000_000
PACK = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}


@pytest.mark.parametrize("coding", PACK)
def test_a_packed_body_is_unpacked(coding: str) -> None:
    assert unpacked(PACK[coding](TEXT), coding.upper(), LIMIT_BYTES) == TEXT


@pytest.mark.parametrize("coding", PACK)
def test_several_members_are_one_body(coding: str) -> None:
    assert unpacked(PACK[coding](TEXT) * 2, coding, LIMIT_BYTES) == TEXT * 2


@pytest.mark.parametrize("coding", ["", "identity"])
def test_a_plain_body_stays_as_it_is(coding: str) -> None:
    assert unpacked(TEXT, coding, LIMIT_BYTES) == TEXT


@pytest.mark.parametrize("coding", PACK)
def test_a_bomb_is_413(coding: str) -> None:
    with pytest.raises(ProblemError) as refused:
        unpacked(PACK[coding](b"0" * 50_000_000), coding, LIMIT_BYTES)
    assert refused.value.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pytest.mark.parametrize("coding", PACK)
@pytest.mark.parametrize("damage", [lambda packed: packed[:-5], lambda packed: packed + b"x", lambda _: b"plain"])
def test_damaged_data_is_400(coding: str, damage: object) -> None:
    assert callable(damage)
    with pytest.raises(ProblemError) as refused:
        unpacked(damage(PACK[coding](TEXT)), coding, LIMIT_BYTES)
    assert refused.value.status is HTTPStatus.BAD_REQUEST


def test_another_coding_is_415() -> None:
    with pytest.raises(ProblemError) as refused:
        unpacked(TEXT, "br", LIMIT_BYTES)
    assert refused.value.status is HTTPStatus.UNSUPPORTED_MEDIA_TYPE
