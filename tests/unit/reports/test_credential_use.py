"""Which credentials nobody used: certain only where each request of their consumer told one, or there was none."""

from datetime import UTC, datetime

from gatemeter.reports.configured_and_called import CalledName, ConfiguredEntity, Hours, Matching
from gatemeter.reports.credential_use import CredentialUse, NamedCredential, credential_use

T = datetime(2026, 2, 3, 10, tzinfo=UTC)
BEFORE = datetime(2026, 1, 3, 10, tzinfo=UTC)


def entity(kind: str, own_id: str, consumer: str = "", names: tuple[str, ...] = ()) -> ConfiguredEntity:
    return ConfiguredEntity(kind, "cp", own_id, next(iter(names), ""), "", "", names, T, T, consumer)


def called(consumer: str, requests: int, name: str = "") -> CalledName:
    return CalledName("consumer", consumer, [name] if name else [], "", "", T, Hours(requests, T, T), Hours())


def named(consumer: str, credential: str, requests: int, last: datetime = T, name: str = "") -> NamedCredential:
    return NamedCredential(("", consumer, (name,) if name else ()), credential, requests, last)


ACME = entity("consumer", "c1", names=("acme",))
K1, K2 = entity("credential", "k1", "c1"), entity("credential", "k2", "c1")


def use(calls: list[CalledName], told: list[NamedCredential], *credentials: ConfiguredEntity) -> CredentialUse:
    return credential_use(credentials or (K1, K2), [ACME], Matching([ACME], calls), told)


def found(result: CredentialUse) -> tuple[list[str], list[str]]:
    return [each.entity.id for each in result.unused], [each.id for each in result.not_known]


def test_a_key_is_unused_where_all_requests_told_others() -> None:
    result = use([called("c1", 5)], [named("c1", "k1", 5)])
    assert found(result) == (["k2"], [])
    assert (result.unused[0].consumer, result.unused[0].last_used) == ("acme", None)


def test_one_request_that_tells_no_key_leaves_the_others_unknown() -> None:
    assert found(use([called("c1", 6)], [named("c1", "k1", 5), named("c1", "", 1)])) == ([], ["k2"])


def test_requests_by_the_name_of_the_consumer_count_as_well() -> None:
    calls = [called("c1", 5), called("", 2, "acme")]
    assert found(use(calls, [named("c1", "k1", 5)])) == ([], ["k2"])
    assert found(use(calls, [named("c1", "k1", 5), named("", "k1", 2, name="acme")])) == (["k2"], [])


def test_keys_of_who_sent_nothing_are_unused_without_any_meter() -> None:
    assert found(use([], [])) == (["k1", "k2"], [])


def test_a_key_that_was_used_before_says_when() -> None:
    result = use([called("c1", 5)], [named("c1", "k1", 5), named("c1", "k2", 0, BEFORE)])
    assert [(each.entity.id, each.last_used) for each in result.unused] == [("k2", BEFORE)]


def test_a_key_without_an_id_or_a_known_owner_is_not_known() -> None:
    by_name, orphan = entity("credential", "name:acme/key-auth#1", "c1"), entity("credential", "k9", "c9")
    assert found(use([called("c1", 5)], [named("c1", "k1", 5)], by_name, orphan)) == ([], [by_name.id, "k9"])
    assert found(use([], [], by_name)) == ([by_name.id], [])
