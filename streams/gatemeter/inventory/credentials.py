"""Credentials of consumers, without what they are: which there are, of which type, whose, and since when.

Gateways tell them with their keys and passwords. Nothing of these is kept, not even a hash: what is short can be
guessed. Sources: Kong's Admin API (admin-ee/3.15, control-planes-config/v2 in Kong/developer.konghq.com) and the file
format of decK. ACL groups are left out: they let nobody in.
"""

from gatemeter.inventory.entity import Entity
from gatemeter.inventory.entity_reading import Document, reference, seconds, tags_of

CREDENTIAL_PATHS = {
    "key-auths": "key-auth",
    "key-auths-enc": "key-auth-enc",
    "basic-auths": "basic-auth",
    "hmac-auths": "hmac-auth",
    "jwts": "jwt",
    "mtls-auths": "mtls-auth",
    "oauth2": "oauth2",
}
"""The lists of the Admin API, each with the plugin that its credentials are for. Editions lack some of them."""

CREDENTIAL_MEMBERS = {
    "keyauth_credentials": "key-auth",
    "keyauth_enc_credentials": "key-auth-enc",
    "basicauth_credentials": "basic-auth",
    "hmacauth_credentials": "hmac-auth",
    "jwt_secrets": "jwt",
    "mtls_auth_credentials": "mtls-auth",
    "oauth2_credentials": "oauth2",
}
"""The same in declarative files: at the top, or in a consumer."""


def read_credential(plugin: str, document: Document, credential_id: str, workspace: str) -> Entity:
    """A credential that is for `plugin`. Raises ValueError as `read_entity`."""
    return Entity(
        id=credential_id,
        name=plugin,
        workspace=workspace,
        consumer_id=reference(document, "consumer"),
        tags=tags_of(document.get("tags")),
        created_at=seconds(document.get("created_at")),
    )
