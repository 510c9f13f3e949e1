"""What the tests of the API share and never change. They run on one worker of xdist, so that it is made once."""

from collections.abc import Iterator

import pytest

from tests.support.databases import DatabasePool
from tests.support.tenant_apis import Apis, tenant_apis


@pytest.fixture(scope="session")
def apis(database_pool: DatabasePool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apis]:
    with tenant_apis(database_pool, tmp_path_factory.mktemp("api") / "tokens.jsonl") as found:
        yield found
