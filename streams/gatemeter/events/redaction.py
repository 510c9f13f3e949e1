"""Takes credentials, client addresses, bodies and query strings out of a dead letter before it is stored.

A dead letter may be cut short or be anything but JSON, so this works on its text: it finds the names under which
gateways log such things, whatever surrounds them. Matching too much is the safe side, but metered values stay as they
are, so that a dead letter can be counted later: numbers under names of tokens and clients (`usage.token`,
`latencies.client`), and names and ids that happen to read like a header (`client: 7`, `Basic customer`). Only the text
of an error, which may quote anything, is searched although it is metered.
"""

import re

REDACTED = b"REDACTED"

_SECRET_NAMES = (
    rb"(?:proxy-)?authorization|cookie|set-cookie|jwt|password|passwd|pwd|credential|[\w-]{0,64}[-_](?:key|pwd)"
    # Bounded, for a text that is nothing but such names would take its length squared to search.
    rb"|[\w-]{0,64}api[-_]?key[\w-]{0,64}|[\w-]{0,64}(?:secret[\w-]{0,64}|signature)|[\w-]{0,64}-auth|x-auth[\w-]{0,64}|key|sig"
)
_TOKEN_NAMES = (
    rb"token|(?:access|refresh|id|auth|session|csrf|xsrf|bearer|x)[\w-]{0,32}token"
    rb"|(?!(?:prompt|completion|total|input|output|cached|reasoning|audio)_)[\w-]{0,64}[-_]token"
)
# Bodies, whole or in parts: of requests to Kong's Kafka plugins, of calls to models and tools (`payload.request` and
# `.response`, which are texts where the event's own are objects), what a sanitizer took out, what a guard refused.
_BODY_NAMES = (
    rb"body|body_args|body_base64|request|response|original_request|original|input_faulty_prompt|output_faulty_response"
)
_ADDRESS_NAMES = (
    rb"client_ip|client-ip|clientip|client|remote_addr|src_ip|source_ip|x-real-ip|x-client-ip|x-forwarded-for|x-envoy-external-address"
    rb"|cf-connecting-ip|true-client-ip|forwarded"
)
# A text to its end or to where the dead letter was cut; a list of texts; a number.
_TEXT = rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)'
_LIST = rb'\[(?:[^\]"]|"(?:[^"\\]|\\.)*(?:"|\\?\Z))*(?:\]|\Z)'
_NUMBER = rb"-?\d[\d.eE+-]*"
_FLAT_OBJECT = rb'\{(?:[^{}"]|"(?:[^"\\]|\\.)*(?:"|\\?\Z))*(?:\}|\Z)'

_CREDENTIAL_NAMES = _SECRET_NAMES + rb"|" + _TOKEN_NAMES
_NAMES = _CREDENTIAL_NAMES + rb"|" + _ADDRESS_NAMES
_NAMED_VALUE = re.compile(rb'("(?:' + _NAMES + rb')"\s*:\s*)(?:' + _TEXT + rb"|" + _LIST + rb")", re.IGNORECASE)
_BODY = re.compile(rb'("(?:' + _BODY_NAMES + rb')"\s*:\s*)' + _TEXT, re.IGNORECASE)
_LOST_ANSWER = re.compile(rb'"response"\s*:\s*"' + REDACTED + rb'"')
_QUERY = re.compile(rb'("(?:querystring|query|body_args|args)"\s*:\s*)' + _FLAT_OBJECT, re.IGNORECASE)
_QUERY_IN_URL = re.compile(rb'("(?:uri|url|upstream_uri|request_uri)"\s*:\s*"[^"?]*\?)(?:[^"\\]|\\.)*', re.IGNORECASE)
_NAMED_NUMBER = re.compile(rb'("(?:' + _SECRET_NAMES + rb')"\s*:\s*)' + _NUMBER, re.IGNORECASE)
# JSON within a text of JSON, as container runtimes, log forwarders and logged payloads have it: a text there ends at a
# quote with as many backslashes as it began with, and at the latest where the text around it ends.
_ESCAPED_VALUE = re.compile(
    rb'(?<!\\)(?P<escape>\\+)"(?P<name>' + _NAMES + rb')(?P=escape)"(?P<colon>\s*:\s*)(?P=escape)"'
    rb'(?:(?!(?<!\\)(?:(?P=escape))?")[\s\S])*(?:(?<!\\)(?P=escape)"|(?=")|\Z)',
    re.IGNORECASE,
)
_PAIR = re.compile(
    rb'("name"\s*:\s*"(?:' + _NAMES + rb')"\s*,\s*"value"\s*:\s*)(?:' + rb"|".join((_TEXT, _LIST, _NUMBER)) + rb")",
    re.IGNORECASE,
)

_METERED_TEXT = (
    rb'(?P<metered>"(?:id|name|username|custom_id|consumer_id|workspace|source|subject|type|(?:request_)?method'
    rb"|(?:request_|response_|embeddings_)?model|provider(?:_name)?|embeddings_provider|(?:ai_)?plugin_(?:id|name)"
    rb"|(?:service|route)_(?:id|name)|tool_name|task_state|cache_status|service_tier|mcp_session_id)"
    rb'"\s*:\s*"(?:[^"\\]|\\.)*")'
)


def _in_other_text(secret: bytes) -> re.Pattern[bytes]:
    """`secret`, with its groups `before` and `after`, wherever it is not within a metered text."""
    return re.compile(_METERED_TEXT + rb"|" + secret, re.IGNORECASE)


_SECRETS_IN_TEXT = (
    # A header line.
    _in_other_text(
        rb"(?P<before>(?:\b|\\[rnt])(?:" + _CREDENTIAL_NAMES + rb')[ \t]*:[ \t]*)[^\s"\\{\[][^\r\n"\\]*(?P<after>)',
    ),
    # The value of an authorization header.
    _in_other_text(rb"(?P<before>\b(?:bearer|basic) )[ ]*[\w.~+/=-]{6,}(?P<after>)"),
    # An argument of a URL.
    _in_other_text(rb"(?P<before>[?&;](?:" + _CREDENTIAL_NAMES + rb'|code)=)[^&;"\s\\]+(?P<after>)'),
    # A login in a URL.
    _in_other_text(rb'(?P<before>://)[^/\s"@]+(?P<after>@)'),
)
_ADDRESS = re.compile(
    rb"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])(?:[0-9a-f]{0,4}:){4,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE
)


def redact(raw: bytes) -> bytes:
    """`raw` without the values of credential and client-address fields, headers, bodies, query strings, and logins.

    Text that is not JSON loses every IP address too: classic access logs begin with the client's.
    """
    text = _NAMED_VALUE.sub(rb'\1"' + REDACTED + rb'"', raw)
    text = _BODY.sub(rb'\1"' + REDACTED + rb'"', text)
    text = _QUERY.sub(rb'\1"' + REDACTED + rb'"', text)
    text = _QUERY_IN_URL.sub(rb"\1" + REDACTED, text)
    text = _NAMED_NUMBER.sub(rb'\1"' + REDACTED + rb'"', text)
    text = _PAIR.sub(rb'\1"' + REDACTED + rb'"', text)
    text = _ESCAPED_VALUE.sub(rb'\g<escape>"\g<name>\g<escape>"\g<colon>\g<escape>"' + REDACTED + rb'\g<escape>"', text)
    for pattern in _SECRETS_IN_TEXT:
        text = pattern.sub(_without_secret, text)
    return text if text.lstrip()[:1] in (b"{", b"[") else _ADDRESS.sub(REDACTED, text)


def has_lost_an_answer(redacted: bytes) -> bool:
    """Whether a model's logged answer was taken out, which may have held the only counts of its tokens."""
    return _LOST_ANSWER.search(redacted) is not None


def _without_secret(found: re.Match[bytes]) -> bytes:
    return found[0] if found["metered"] is not None else found["before"] + REDACTED + found["after"]
