"""What is read of an event by a mapping: every path that it names."""

from collections.abc import Iterable, Iterator

from gatemeter.formats.field_mapping.model import Caller, FieldMapping, ModelCall, Name
from gatemeter.formats.slimming.further_paths import with_paths
from gatemeter.lenient.paths import Path
from gatemeter.lenient.read_paths import Members, value, whole
from gatemeter.llm.payload_paths import counts


def read_paths(mapping: FieldMapping) -> Members:
    """The members at the paths of `mapping`; usage objects with all that they count."""
    call = mapping.model_call or ModelCall()
    found = with_paths(None, _values(mapping, call), value)
    found = with_paths(found, mapping.fields.upstream_status, whole)
    return with_paths(found, call.usage, counts)


def paths_of(mapping: FieldMapping) -> list[Path]:
    """Every path that `mapping` names."""
    call = mapping.model_call or ModelCall()
    return [*_values(mapping, call), *mapping.fields.upstream_status, *call.usage]


def caller_paths(caller: Caller) -> Iterator[Path]:
    """Where the chains of `caller` look."""
    yield from (mark.path for mark in (*caller.refusal.where, *caller.refusal.unless))
    chains = (caller.id, caller.username, caller.custom_id, caller.otherwise, caller.team, caller.organisation)
    yield from _paths_of(chains)


def _values(mapping: FieldMapping, call: ModelCall) -> Iterator[Path]:
    fields, latencies = mapping.fields, mapping.latencies
    yield from mapping.recognized_by
    yield from (mark.path for mark in mapping.other_kind)
    yield from (path for paths in mapping.identity.paths for path in paths)
    yield from (each.path for each in mapping.time)
    yield from caller_paths(mapping.caller)
    called = (fields.method, fields.service_id, fields.service_name, fields.route_id, fields.route_name)
    yield from _paths_of((*called, fields.workspace, fields.source))
    yield from (*fields.status, *fields.request_bytes, *fields.response_bytes)
    yield from (*fields.request_body_bytes, *fields.response_body_bytes)
    yield from (each.path for each in (*latencies.request, *latencies.upstream, *latencies.gateway))
    yield from _paths_of((call.provider, call.request_model, call.response_model))
    yield from (*call.prompt_tokens, *call.completion_tokens, *call.total_tokens)
    yield from (*call.cached_tokens, *call.reasoning_tokens, *call.cost, *call.cache_hit)


def _paths_of(chains: Iterable[Iterable[Name]]) -> Iterator[Path]:
    return (name.path for chain in chains for name in chain)
