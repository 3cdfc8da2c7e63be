"""The limits of the machine: what the loops compute and what the record says. How fast they ran is no test."""

import dataclasses
import math

import numpy as np
import pytest

import mlcore
from mlcore._core import ladder, runtime
from mlcore.lab.limits import MachineLimits, measure

SIZES = [0, 1, 2, 3, 15, 16, 17, 65_535, 65_536, 65_537, 200_003]


@pytest.fixture(params=SIZES)
def vectors(request):
    """Three vectors of whole numbers, whose sums and products are exact in any order."""
    rng = np.random.default_rng(request.param)
    return [rng.integers(-1000, 1000, request.param).astype(np.float64) for _ in range(3)]


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_stream_loops_compute_what_they_say(vectors, threads):
    x, y, z = vectors
    with mlcore.num_threads(threads):
        assert ladder.read(x) == sum(int(value) for value in x)
        expected = x + 0.5 * y
        ladder.triad(0.5, x, y, z)
        np.testing.assert_array_equal(z, expected)
        expected = 2.0 * x + y
        ladder.update(2.0, x, y)
        np.testing.assert_array_equal(y, expected)
        ladder.copy(x, z)
        np.testing.assert_array_equal(z, x)
        ladder.fill(7.0, z)
        np.testing.assert_array_equal(z, np.full(x.size, 7.0))


def test_stream_loops_refuse_what_they_cannot_stream():
    x, y = np.ones(8), np.ones(9)
    with pytest.raises(ValueError, match=r"x has shape \(8,\).*of 9 elements"):
        ladder.copy(x, y)
    with pytest.raises(ValueError, match="contiguous"):
        ladder.fill(0.0, np.ones(8)[::2])
    with pytest.raises(TypeError, match="float64"):
        ladder.fill(0.0, np.ones(8, np.float32))
    y.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        ladder.fill(0.0, y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_flops_of_the_chains(dtype):
    lanes = runtime.vector_bytes // np.dtype(dtype).itemsize
    chains = 24 if runtime.vector_registers == 32 else 12
    assert ladder.fma_chains(dtype, 3, 10) == 3 * 10 * chains * lanes * 2
    assert ladder.fma_chains(dtype, 0, 10) == 0.0


def test_chains_of_an_unknown_type():
    with pytest.raises(ValueError, match="'float16'; expected 'float32' or 'float64'"):
        ladder.fma_chains("float16", 1, 1)


@pytest.mark.parametrize("threads", [1, 2])
def test_measure(threads):
    before = mlcore.get_num_threads()
    limits = measure(threads, seconds=1e-3, array_bytes=1 << 20)
    assert mlcore.get_num_threads() == before
    assert limits.threads == threads
    assert list(limits.fma_peak) == ["float32", "float64"]
    rates = [*limits.fma_peak.values(), limits.read, limits.update, limits.copy, limits.triad]
    assert all(math.isfinite(rate) and rate > 0 for rate in rates)
    assert limits.stream == max(rates[2:])
    with pytest.raises(dataclasses.FrozenInstanceError):
        limits.read = 0.0


def test_roofline():
    limits = MachineLimits(threads=1, fma_peak={"float32": 200.0, "float64": 100.0}, read=10.0, update=8.0, copy=6.0, triad=5.0)
    assert limits.share_of_peak(50.0, 2.0, "float64") == 0.25
    assert limits.attainable(1.0, 10.0, "float64") == 1.0  # memory-bound: 0.1 flop per byte
    assert limits.attainable(100.0, 1.0, "float64") == 100.0  # compute-bound
    assert limits.attainable(100.0, 0.0, "float32") == 200.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"threads": 0}, "0; expected 1 to"),
        ({"threads": 1, "seconds": 0.0}, r"seconds is 0\.0"),
        ({"threads": 1, "seconds": math.inf}, "seconds is inf"),
        ({"threads": 1, "seconds": math.nan}, "seconds is nan"),
        ({"threads": 1, "array_bytes": 7}, "array_bytes is 7"),
    ],
)
def test_errors_name_the_value(arguments, message):
    with pytest.raises(ValueError, match=message):
        measure(**arguments)
