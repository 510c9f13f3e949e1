"""The events of Kong's log serializer, cut to the fields that are metered.

Names and meanings follow Kong's `kong.log.serialize` (kong/pdk/log.lua). Every field may be absent. Unknown keys are
skipped unread, so query strings, bodies and client addresses never get into memory as values. These types
state the common shape of Kong 2.2 and later, which the fast path decodes. An event that does not fit them (sizes as
text in 1.x, integral floats, objects replaced by custom Lua) goes to the lenient reading.
"""

from typing import Annotated

from msgspec import Meta, Raw, Struct

from gatemeter.lenient.numbers import INT64_MAX, INT64_MIN, LONGEST_MS

SizeBytes = Annotated[int, Meta(ge=0, le=INT64_MAX)]
Status = Annotated[int, Meta(ge=INT64_MIN, le=INT64_MAX)]
LatencyMs = Annotated[float, Meta(le=LONGEST_MS)]


class Request(Struct, gc=False):
    """`request`: `id` since Kong 3.5 (32 hex digits), `size` in bytes with request line and headers."""

    id: str | None = None
    method: str | None = None
    size: SizeBytes | None = None


class Response(Struct, gc=False):
    """`response`: the status sent to the client, `size` in bytes with headers.

    nginx, and so Kong, logs 0 where a client left before anything was sent, and 9 for HTTP/0.9: neither is a status
    (https://github.com/Kong/kong/issues/6611), see `told_status`.
    `headers` are kept as text until the event is counted, and only of calls to models is something read from them.
    """

    status: Status | None = None
    size: SizeBytes | None = None
    headers: Raw = Raw()


class Latencies(Struct, gc=False):
    """`latencies` in ms; a negative number means "not measured" (Kong writes -1 where it did not proxy).

    Stream sessions have `session`, requests have `request` and `proxy`, both have `kong`.
    """

    request: LatencyMs | None = None
    proxy: LatencyMs | None = None
    kong: LatencyMs | None = None
    session: LatencyMs | None = None


class Consumer(Struct, gc=False):
    """`consumer`: the identified caller; Kong sets at least one of `username` and `custom_id`."""

    id: str | None = None
    username: str | None = None
    custom_id: str | None = None


class Credential(Struct, gc=False):
    """`authenticated_entity`: the credential, with its consumer since Kong EE 3.13 (and in some older versions).

    `id` is the credential's; for a caller who is not a consumer it is the claim that names the caller, such as the
    `sub` of a token.
    """

    id: str | None = None
    consumer_id: str | None = None


class Entity(Struct, gc=False):
    """`service`, `route` or one of `workspaces`; `name` may be absent."""

    id: str | None = None
    name: str | None = None


class Session(Struct, gc=False):
    """`session` of TCP, TLS and UDP: bytes from and to the client, and nginx's status for streams."""

    status: Status | None = None
    received: SizeBytes | None = None
    sent: SizeBytes | None = None


class Upstream(Struct, gc=False):
    """`upstream` of a stream session: bytes from and to the upstream."""

    received: SizeBytes | None = None
    sent: SizeBytes | None = None


class LogEvent(Struct, gc=False):
    """One finished request, or one finished stream session; `started_at` in Unix ms.

    `workspace` is the id since Kong 3.7; Enterprise before it lists `workspaces`. `ai` is kept as text: most events
    have none, and its shape changes with nearly every version. So are `upstream_status` and `tries`, which are read of
    calls to models alone. An event that carries what was mended in it (`lenient.carried_mends`) goes to the lenient
    reading, which counts that.
    """

    started_at: int | None = None
    request: Request | None = None
    response: Response | None = None
    latencies: Latencies | None = None
    consumer: Consumer | None = None
    authenticated_entity: Credential | None = None
    service: Entity | None = None
    route: Entity | None = None
    workspace: str | None = None
    workspaces: list[Entity] | None = None
    source: str | None = None
    session: Session | None = None
    upstream: Upstream | None = None
    ai: Raw = Raw()
    upstream_status: Raw = Raw()
    tries: Raw = Raw()
    gatemeter_mended: None = None
