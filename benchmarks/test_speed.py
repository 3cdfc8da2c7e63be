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

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from mlcore.lab.case import Case
from mlcore.lab.settings import Settings
from mlcore.lab.topics import (
    cubature,
    eigen,
    gram_schmidt,
    linalg_eigen,
    linalg_orthogonal,
    linalg_stacks,
    linalg_systems,
    linalg_topk,
    matmul,
    pca,
    stacks,
    tables,
    vectors,
)
from mlcore.lab.topics.peers import NUMPY_WIDE
from mlcore.lab.wording import count_threads

OURS = "mlcore"
THREADS = (1, 2)
BOTH = ("float64", "float32")
BEYOND_CACHE = 0  # the size by which the lab means "too long for every cache"

MOST = 10.0  # n eps, of a backward stable method's error

Build = Callable[[Settings, str], Case]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: how to build the case for a type, and who competes, in every type or in one of them."""

    build: Build
    rivals: tuple[str, ...] = ("NumPy",)
    dtypes: tuple[str, ...] = BOTH
    by_type: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def rivals_in(self, dtype: str) -> tuple[str, ...]:
        """Who competes in this type."""
        return self.by_type.get(dtype, self.rivals)


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


def _of_shape(build: Callable[[int, int, str, int], Case], m: int, n: int) -> Build:
    return lambda settings, dtype: build(m, n, dtype, settings.seed)


def _of_stack(name: str, k: int) -> Build:
    return lambda settings, dtype: linalg_stacks.stack(name, k, dtype, settings.seed)


def _integral(family: str, d: int, rtol: float) -> Build:
    return lambda settings, _: cubature.integral(family, d, rtol, settings.seed)


def _few(build: Callable[[int, int, str, int], Case]) -> Build:
    return lambda settings, dtype: build(500, 20, dtype, settings.seed)


def _lapack(build: Build) -> Row:
    """NumPy, which computes float32 in float64, and SciPy, which does not."""
    return Row(build, by_type={"float32": (NUMPY_WIDE, "SciPy")})


NUMPY_ALONE = {"float32": (NUMPY_WIDE,)}
SYSTEMS: dict[str, Callable[[int, str, int], Case]] = {
    "solve": linalg_systems.solve, "inv": linalg_systems.inv, "cholesky": linalg_systems.cholesky,
}  # fmt: skip
ORTHOGONAL = {"qr": linalg_orthogonal.qr, "svd": linalg_orthogonal.svd, "svdvals": linalg_orthogonal.svdvals}
TALL = {"qr": linalg_orthogonal.qr, "svd": linalg_orthogonal.svd, "lstsq": linalg_orthogonal.lstsq}
EIGENVALUES: dict[str, Callable[[int, str, int], Case]] = {
    "eigh": linalg_eigen.eigh, "eigvalsh": linalg_eigen.eigvalsh, "eig": linalg_eigen.eig, "eigvals": linalg_eigen.eigvals,
}  # fmt: skip

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
    **{f"{name} {n}": _lapack(_of_order(build, n)) for name, build in SYSTEMS.items() for n in (8, 64, 256)},
    **{f"lu {n}": Row(_of_order(linalg_systems.lu, n), ("SciPy",)) for n in (64, 256)},
    **{f"slogdet {n}": Row(_of_order(linalg_systems.slogdet, n), by_type=NUMPY_ALONE) for n in (8, 64, 256)},
    **{f"{name} {n}": _lapack(_of_shape(build, n, n)) for name, build in ORTHOGONAL.items() for n in (32, 128)},
    **{f"{name} 20000x100": _lapack(_of_shape(build, 20_000, 100)) for name, build in TALL.items()},
    **{f"{name} {n}": _lapack(_of_order(build, n)) for name, build in EIGENVALUES.items() for n in (32, 128)},
    **{
        f"stack of {name} {k}x{k}": Row(_of_stack(name, k), by_type=NUMPY_ALONE)
        for name in linalg_stacks.OPERATIONS
        for k in (3, 4, 8)
    },
    "eigh_topk 500": Row(_few(linalg_topk.pairs), ("NumPy eigh", "SciPy eigsh")),
    "svd_topk 500": Row(_few(linalg_topk.triplets), ("SciPy svds",)),
    "randomized_svd 500": Row(_few(linalg_topk.sketch), ("scikit-learn",)),
    "power_iteration 1000": Row(lambda s, _: eigen.first_pair(1000, s.seed), ("NumPy by hand",), ("float64",)),
    **{
        f"integral {family} {d}d": Row(_integral(family, d, rtol), ("SciPy",), ("float64",))
        for family in ("oscillatory", "product peak", "gaussian")
        for d, rtol in ((2, 1e-8), (3, 1e-6), (4, 1e-5), (5, 1e-4))
    },
    "integral jump 3d": Row(_integral("jump", 3, 1e-2), ("SciPy",), ("float64",)),
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
        assert tuple(rival.name for rival in case.rivals) == TABLE[name].rivals_in(dtype)
        for rival, found in zip(case.rivals, case.agreement(), strict=True):
            says = f"mlcore and {rival.name} differ by {found.difference:.3g} eps, more than {found.tolerance:.3g}"
            assert found.holds, says
            assert found.accuracy is None or found.accuracy.error <= MOST, f"mlcore's error is {found.accuracy}"
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
    for contestant in (OURS, *row.rivals_in(dtype))
]


@pytest.mark.benchmark(disable_gc=True)
@pytest.mark.parametrize(("name", "dtype", "threads", "contestant"), CONTESTS, indirect=["threads"])
def test_speed(name: str, dtype: str, threads: int, contestant: str, case: Case, benchmark: BenchmarkFixture) -> None:
    """One contestant in one case."""
    calls = {OURS: case.ours, **{rival.name: rival.call for rival in case.rivals}}
    benchmark.group = f"{name}, {dtype}, {count_threads(threads)}"
    benchmark(calls[contestant])
