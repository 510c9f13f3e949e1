"""Takes credentials and client addresses out of the raw text of a dead letter before it is stored.

A dead letter may be cut short or be no JSON at all, so this works on the text: it finds the names under which
gateways log such things, whatever surrounds them. Matching too much is the safe side: nothing that is metered is
read from these fields.
"""

import re

REDACTED = b"REDACTED"

_SECRET_NAMES = (
    rb"(?:proxy-)?authorization|cookie|set-cookie|jwt|password|passwd|secret|credential"
    # Bounded, for a text that is nothing but such names would take its length squared to search.
    rb"|[\w-]{0,64}api[-_]?key[\w-]{0,64}|token|(?:access|refresh|id|auth|session|csrf|xsrf|bearer|x)[\w-]{0,32}token"
    rb"|[\w-]{0,64}(?:secret|signature)|[\w-]{0,64}-auth|x-auth[\w-]{0,64}|key|sig"
)
_ADDRESS_NAMES = (
    rb"client_ip|client-ip|clientip|client|remote_addr|src_ip|source_ip|x-real-ip|x-client-ip|x-forwarded-for|x-envoy-external-address"
    rb"|cf-connecting-ip|true-client-ip|forwarded"
)
# A text to its end or to where the letter was cut, a list of texts, or a number.
_VALUE = rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|\[[^\]]*(?:\]|\Z)|-?\d[\d.eE+-]*'

_NAME = rb'"(?:' + _SECRET_NAMES + rb"|" + _ADDRESS_NAMES + rb')"'
_NAMED_VALUE = re.compile(rb"(" + _NAME + rb"\s*:\s*)(?:" + _VALUE + rb")", re.IGNORECASE)
# JSON within a text of JSON, as container runtimes and log forwarders wrap it.
_ESCAPED_NAME = rb'\\+"(?:' + _SECRET_NAMES + rb"|" + _ADDRESS_NAMES + rb')\\+"'
_ESCAPED_VALUE = re.compile(rb"(" + _ESCAPED_NAME + rb'\s*:\s*)\\+"(?:[^"\\])*(?:\\+"|\Z)', re.IGNORECASE)
_PAIR = re.compile(rb'("name"\s*:\s*' + _NAME + rb'\s*,\s*"value"\s*:\s*)(?:' + _VALUE + rb")", re.IGNORECASE)
_HEADER_LINE = re.compile(
    rb"((?:\b|\\[rnt])(?:" + _SECRET_NAMES + rb')[ \t]*:[ \t]*)[^\s"\\{\[][^\r\n"\\]*', re.IGNORECASE
)
_SCHEME = re.compile(rb"\b(bearer|basic)[ ]+[\w.~+/=-]{6,}", re.IGNORECASE)
_ARGUMENT = re.compile(rb"([?&;](?:" + _SECRET_NAMES + rb'|key|sig|code)=)[^&;"\s\\]+', re.IGNORECASE)
_LOGIN_IN_URL = re.compile(rb'(://)[^/\s"@]+@')
_ADDRESS = re.compile(
    rb"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])(?:[0-9a-f]{0,4}:){4,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE
)


def redact(raw: bytes) -> bytes:
    """`raw` without the values of credential and client-address fields, arguments, headers, and logins in URLs.

    Of a text that is no JSON every IP address goes too: classic access logs begin with the client's.
    """
    text = _NAMED_VALUE.sub(rb'\1"' + REDACTED + rb'"', raw)
    text = _PAIR.sub(rb'\1"' + REDACTED + rb'"', text)
    text = _ESCAPED_VALUE.sub(rb'\1\\"' + REDACTED + rb'\\"', text)
    text = _HEADER_LINE.sub(rb"\1" + REDACTED, text)
    text = _SCHEME.sub(rb"\1 " + REDACTED, text)
    text = _ARGUMENT.sub(rb"\1" + REDACTED, text)
    text = _LOGIN_IN_URL.sub(rb"\1" + REDACTED + rb"@", text)
    return text if text.lstrip()[:1] in (b"{", b"[") else _ADDRESS.sub(REDACTED, text)
