"""What is read of an event by a mapping: every path that it names."""

from collections.abc import Collection, Iterable, Iterator

from gatemeter.formats.field_mapping.model import Caller, FieldMapping, ModelCall, Name
from gatemeter.formats.slimming.further_paths import FurtherPath, with_further, with_paths
from gatemeter.lenient.carried_hash import hashed_key
from gatemeter.lenient.paths import Path
from gatemeter.lenient.read_paths import Members, value, whole
from gatemeter.llm.payload_paths import counts


def read_paths(mapping: FieldMapping) -> Members:
    """The members at the paths of `mapping`; usage objects with all that they count."""
    call = mapping.model_call or ModelCall()
    found = with_caller_keys(with_paths(None, _values(mapping, call), value), mapping.caller, mapping.no_value)
    found = with_paths(found, mapping.fields.upstream_status, whole)
    return with_paths(found, call.usage, counts)


def paths_of(mapping: FieldMapping) -> list[Path]:
    """Every path that `mapping` names."""
    call = mapping.model_call or ModelCall()
    callers = (name.path for name in caller_names(mapping.caller))
    return [*_values(mapping, call), *callers, *mapping.fields.upstream_status, *call.usage]


def with_caller_keys(found: Members, caller: Caller, no_value: Collection[str]) -> Members:
    """`found` and what the chains of `caller` look at: of a key that is read as a hash the hash alone."""
    found = with_paths(found, (mark.path for mark in (*caller.refusal.where, *caller.refusal.unless)), value)
    keys = [name for name in caller_names(caller) if name.hash]
    names = [name.path for name in caller_names(caller) if not name.hash]
    hashed = {name.path.text: FurtherPath(name.path, hashed_key(no_value, name.without_prefix)) for name in keys}
    return with_further(with_paths(found, names, value), hashed.values())


def caller_names(caller: Caller) -> Iterator[Name]:
    """What the chains of `caller` name, in their order."""
    chains = (caller.id, caller.username, caller.custom_id, caller.otherwise, caller.team, caller.organisation)
    yield from (name for chain in chains for name in chain)


def _values(mapping: FieldMapping, call: ModelCall) -> Iterator[Path]:
    fields, latencies = mapping.fields, mapping.latencies
    yield from mapping.recognized_by
    yield from (mark.path for mark in mapping.other_kind)
    yield from (path for paths in mapping.identity.paths for path in paths)
    yield from (each.path for each in mapping.time)
    yield from (mark.path for mark in (*mapping.caller.refusal.where, *mapping.caller.refusal.unless))
    called = (fields.method, fields.service_id, fields.service_name, fields.route_id, fields.route_name)
    yield from name_paths((*called, fields.workspace, fields.source))
    yield from (*fields.status, *fields.request_bytes, *fields.response_bytes)
    yield from (*fields.request_body_bytes, *fields.response_body_bytes)
    yield from (each.path for each in (*latencies.request, *latencies.upstream, *latencies.gateway))
    yield from name_paths((call.provider, call.request_model, call.response_model))
    yield from (*call.prompt_tokens, *call.completion_tokens, *call.total_tokens)
    yield from (*call.cached_tokens, *call.reasoning_tokens, *call.cost, *call.cache_hit)


def name_paths(chains: Iterable[Iterable[Name]]) -> Iterator[Path]:
    """Where the names of all `chains` stand."""
    return (name.path for chain in chains for name in chain)
