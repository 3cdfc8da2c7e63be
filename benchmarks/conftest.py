"""What every benchmark needs: equal threads on both sides, and the settings that the lab's cases are built from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mlcore.lab import data, machine
from mlcore.lab.settings import Settings
from mlcore.lab.threads import available, equal


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The lab's settings for a full run: its sizes beyond the cache, its seed, the UCI digits."""
    return Settings(data.digits(), (1, 2), last_level_cache=machine.last_level_cache())


@pytest.fixture
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    """So many threads, for mlcore and for every library it is compared with."""
    wanted: int = request.param
    if wanted > available():
        pytest.skip(f"{wanted} threads would measure the scheduler: this process may use {available()} processor(s)")
    with equal(wanted):
        yield wanted
