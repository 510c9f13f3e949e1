"""Which AI plugins took part in a request."""

from dataclasses import dataclass

from gatemeter.producers.generator.weighted import Weighted

REQUEST_TRANSFORMER = "ai-request-transformer"
RESPONSE_TRANSFORMER = "ai-response-transformer"
JUDGE = "ai-llm-as-judge"
TRANSFORMERS = frozenset((REQUEST_TRANSFORMER, RESPONSE_TRANSFORMER))


@dataclass(frozen=True, slots=True)
class Scene:
    """`companion` is a plugin that asked a model of its own, '' for none; `proxies` says that the client asked one.

    `nested` puts the companion's call inside that of the proxy plugin: the documents of the gateway show the judge
    in both places. `realtime` is a conversation by voice, whose tokens have other names.
    """

    companion: str = ""
    proxies: bool = True
    nested: bool = False
    realtime: bool = False


SCENES = Weighted(
    (
        (Scene(), 72),
        (Scene(companion=REQUEST_TRANSFORMER), 5),
        (Scene(companion=RESPONSE_TRANSFORMER), 4),
        (Scene(companion=REQUEST_TRANSFORMER, proxies=False), 3),
        (Scene(companion=RESPONSE_TRANSFORMER, proxies=False), 3),
        (Scene(companion=JUDGE), 5),
        (Scene(companion=JUDGE, nested=True), 4),
        (Scene(realtime=True), 4),
    )
)
