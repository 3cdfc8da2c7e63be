"""What all tests share: both types, all thread counts, and hypothesis without surprises."""

from collections.abc import Iterator

import hypothesis
import numpy as np
import pytest

import mlcore

# The same examples on every run, however slow the machine.
hypothesis.settings.register_profile("mlcore", derandomize=True, deadline=None, database=None, max_examples=60)
hypothesis.settings.load_profile("mlcore")


@pytest.fixture(params=["float32", "float64"])
def dtype(request: pytest.FixtureRequest) -> np.dtype:
    """Both types that kernels are made for."""
    return np.dtype(request.param)


@pytest.fixture(params=[1, 2, 3, 8], ids=lambda n: f"{n} threads")
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    """Runs the test with this number of threads."""
    with mlcore.num_threads(request.param):
        yield request.param


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240229)
