"""How long a gateway waits for the entitlements of a consumer, asked one after the other over one connection.

gatemeter serve --budgets budgets.toml --data ./usage
python -m benchmarks.entitlements http://127.0.0.1:8687 acme
"""

import http.client
import os
import sys
from time import perf_counter
from urllib.parse import quote, urlsplit

_REQUESTS = 20_000


def main(url: str, consumer: str) -> None:
    """Ask the server at `url`, and print percentiles beside the machine's load."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    path = f"/api/v1/entitlements/{quote(consumer, safe='')}"
    times_ms = sorted(_asked_ms(connection, path) for _ in range(_REQUESTS))
    shown = ", ".join(f"p{share:g} {times_ms[int(len(times_ms) * share / 100)]:.2f} ms" for share in (50, 99, 99.9))
    load = os.getloadavg()[0]
    print(f"{_REQUESTS:,} answers: {shown}, most {times_ms[-1]:.2f} ms; load {load:.1f} on {os.cpu_count()} cores")


def _asked_ms(connection: http.client.HTTPConnection, path: str) -> float:
    began_s = perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        sys.exit(f"answered {answer.status}")
    return (perf_counter() - began_s) * 1000


if __name__ == "__main__":
    main(*sys.argv[1:])
