"""Every kernel and model beside the libraries it competes with: first that the results agree, then how long each takes.

    pytest benchmarks                          times everything; mlcore and its rivals share a group, with the ratio
    pytest benchmarks -k "matmul and 2t"       some of it
    pytest benchmarks --benchmark-disable      calls everything once: no case is broken, and no result is wrong

The cases are the lab's (`mlcore/lab/topics`): inputs, calls and tolerances stand there; this table only chooses sizes.
What pytest-benchmark adds is a record that can be kept and compared with that of an earlier state
(`--benchmark-autosave`, `--benchmark-compare`). A ratio to be quoted comes from `mlcore lab`, which lets the sides take
turns and knows the machine's limits; here one side runs after the other.

To add a case, add a line to the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from mlcore.lab.case import Case
from mlcore.lab.settings import Settings
from mlcore.lab.topics import eigen, factorisations, gram_schmidt, matmul, pca, stacks, tables, vectors
from mlcore.lab.wording import count_threads

OURS = "mlcore"
THREADS = (1, 2)
BOTH = ("float64", "float32")
BEYOND_CACHE = 0  # the size by which the lab means "too long for every cache"

Build = Callable[[Settings, str], Case]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: how to build the case for a type, and who competes."""

    build: Build
    rivals: tuple[str, ...] = ("NumPy",)
    dtypes: tuple[str, ...] = BOTH


def _of_size(build: Callable[[Settings, int, str], Case], n: int) -> Build:
    return lambda settings, dtype: build(settings, n, dtype)


def _product(n: int) -> Build:
    return lambda settings, dtype: matmul.square(n, dtype, settings.seed)


def _stack(k: int) -> Build:
    return lambda settings, dtype: stacks.products(settings, k, dtype, count=10_000)


def _orthonormal(method: gram_schmidt.Method) -> Build:
    return lambda settings, dtype: gram_schmidt.one_method(method, 1000, 100, dtype, settings.seed)


def _of_order(build: Callable[[int, str, int], Case], n: int) -> Build:
    return lambda settings, dtype: build(n, dtype, settings.seed)


def _pca(n: int, p: int, k: int) -> Build:
    return lambda settings, dtype: pca.on_noise(n, p, k, dtype, settings.seed)


TABLE: dict[str, Row] = {
    **{f"matmul {n}": Row(_product(n)) for n in (8, 16, 32, 64, 128, 256, 512, 1000)},
    **{f"stack {k}x{k}": Row(_stack(k)) for k in (3, 4, 8, 16)},
    "gram 100000x100": Row(_of_size(tables.gram, 100_000)),
    "centred gram 100000x100": Row(_of_size(tables.centred_gram, 100_000)),
    "column moments 100000x100": Row(_of_size(tables.column_moments, 100_000)),
    "matvec": Row(_of_size(tables.matvec, BEYOND_CACHE)),
    "dot": Row(_of_size(vectors.dot, BEYOND_CACHE)),
    "norm": Row(_of_size(vectors.norm, BEYOND_CACHE)),
    "axpy": Row(_of_size(vectors.axpy, BEYOND_CACHE), ("NumPy", "SciPy BLAS")),
    "add": Row(_of_size(vectors.add, BEYOND_CACHE)),
    **{f"solve_triangular {n}": Row(_of_size(tables.triangular_solve, n), ("SciPy",)) for n in (32, 128, 512)},
    **{f"gram_schmidt {method}": Row(_orthonormal(method), ("NumPy qr",)) for method in gram_schmidt.METHODS},
    **{f"solve {n}": Row(_of_order(factorisations.solve, n)) for n in (8, 64, 256)},
    **{f"cholesky {n}": Row(_of_order(factorisations.cholesky, n)) for n in (8, 64, 256)},
    **{f"inv {n}": Row(_of_order(factorisations.inv, n)) for n in (8, 64, 256)},
    **{f"det {n}": Row(_of_order(factorisations.det, n)) for n in (8, 64, 256)},
    **{f"eigh {n}": Row(_of_order(eigen.all_pairs, n)) for n in (8, 64, 256)},
    "eigh_topk 500": Row(_of_order(eigen.largest_pairs, 500), ("SciPy eigh", "SciPy eigsh")),
    "power_iteration 1000": Row(lambda s, _: eigen.first_pair(1000, s.seed), ("NumPy by hand",), ("float64",)),
    "PCA digits": Row(lambda s, _: pca.on_data(s.data), ("NumPy SVD", "scikit-learn"), ("float64",)),
    "PCA 200000x100": Row(_pca(200_000, 100, 10), ("scikit-learn",)),
    "PCA 1500x1500": Row(_pca(1500, 1500, 20), ("scikit-learn",)),
}


@pytest.fixture(scope="module")
def agreed(settings: Settings) -> Callable[[str, str, int], Case]:
    """Builds a case and compares all results. The last one is kept, for the tests of one case follow each other."""

    @lru_cache(maxsize=1)
    def build(name: str, dtype: str) -> Case:
        return TABLE[name].build(settings, dtype)

    @lru_cache(maxsize=1)
    def compare(name: str, dtype: str, threads: int) -> Case:
        case = build(name, dtype)
        assert tuple(rival.name for rival in case.rivals) == TABLE[name].rivals
        for rival, (apart, allowed) in zip(case.rivals, case.agreement(), strict=True):
            assert apart <= allowed, f"mlcore and {rival.name} differ by {apart:.3g} eps, more than {allowed:.3g}"
        return case

    return compare


@pytest.fixture
def case(name: str, dtype: str, threads: int, agreed: Callable[[str, str, int], Case]) -> Case:
    """What is timed. It stands before `benchmark` in the test, so that no clock is set up where results disagree."""
    return agreed(name, dtype, threads)


CONTESTS = [
    pytest.param(name, dtype, threads, contestant, id=f"{name}-{dtype}-{threads}t-{contestant}")
    for name, row in TABLE.items()
    for dtype in row.dtypes
    for threads in THREADS
    for contestant in (OURS, *row.rivals)
]


@pytest.mark.benchmark(disable_gc=True)
@pytest.mark.parametrize(("name", "dtype", "threads", "contestant"), CONTESTS, indirect=["threads"])
def test_speed(name: str, dtype: str, threads: int, contestant: str, case: Case, benchmark: BenchmarkFixture) -> None:
    """One contestant in one case."""
    calls = {OURS: case.ours, **{rival.name: rival.call for rival in case.rivals}}
    benchmark.group = f"{name}, {dtype}, {count_threads(threads)}"
    benchmark(calls[contestant])
