"""The cases of dense linear algebra: at small sizes both sides agree, both are certified, and no size asked for is missing."""

from collections.abc import Callable

import numpy as np
import pytest

from mlcore.lab.case import Case
from mlcore.lab.data import digits
from mlcore.lab.settings import Settings
from mlcore.lab.topics import linalg, linalg_eigen, linalg_orthogonal, linalg_stacks, linalg_systems, linalg_topk

MOST, RIVALS_MOST = 10.0, 50.0  # n eps; LAPACK needs more for the worst of ten thousand 3 x 3 matrices
SYSTEMS = [getattr(linalg_systems, name) for name in linalg_systems.__all__ if name != "jobs"]
ORTHOGONAL = [linalg_orthogonal.qr, linalg_orthogonal.svd, linalg_orthogonal.svdvals]
TALL = [linalg_orthogonal.qr, linalg_orthogonal.svd, linalg_orthogonal.lstsq]
EIGEN = [getattr(linalg_eigen, name) for name in linalg_eigen.__all__ if name != "jobs"]
both_types = pytest.mark.parametrize("dtype", ["float64", "float32"])


def check(case: Case, ours_most: float = MOST) -> None:
    assert case.certify is not None
    for rival, found in zip(case.rivals, case.agreement(), strict=True):
        assert found.holds, f"{rival.name}: {found}"
        for accuracy, most in ((found.accuracy, ours_most), (found.rival_accuracy, max(ours_most, RIVALS_MOST))):
            assert accuracy is not None
            assert accuracy.error <= most
            assert (accuracy.loss or 0) <= min(most, RIVALS_MOST)


@both_types
@pytest.mark.parametrize("n", [2, 8, 65])
@pytest.mark.parametrize("build", [*SYSTEMS, *EIGEN], ids=lambda build: build.__name__)
def test_of_order(build: Callable[[int, str, int], Case], n: int, dtype: str) -> None:
    check(build(n, dtype, 1))


@both_types
@pytest.mark.parametrize("build", ORTHOGONAL, ids=lambda build: build.__name__)
def test_square(build: Callable[[int, int, str, int], Case], dtype: str) -> None:
    check(build(50, 50, dtype, 1))


@both_types
@pytest.mark.parametrize("build", TALL, ids=lambda build: build.__name__)
def test_tall(build: Callable[[int, int, str, int], Case], dtype: str) -> None:
    case = build(900, 20, dtype, 1)
    assert "tall" in case.operation
    check(case)


@both_types
@pytest.mark.parametrize("name", linalg_stacks.OPERATIONS)
def test_stacks(name: str, dtype: str) -> None:
    check(linalg_stacks.stack(name, 3, dtype, 1))


@both_types
@pytest.mark.parametrize("build", [linalg_topk.pairs, linalg_topk.triplets, linalg_topk.sketch], ids=lambda b: b.__name__)
def test_few_of_many(build: Callable[[int, int, str, int], Case], dtype: str) -> None:
    """Iterations stop at the residual that their default tolerance allows; values are exact to its square all the same."""
    eps = np.finfo(dtype).eps
    check(build(300, 5, dtype, 1), max(MOST, eps ** (2 / 3) / (300 * eps)))


def test_numpy_is_named_for_what_it_computes_in() -> None:
    wide = [rival.wider for rival in linalg_systems.solve(4, "float32", 1).rivals]
    assert wide == [True, False]
    assert not any(rival.wider for rival in linalg_systems.solve(4, "float64", 1).rivals)


def test_labels_are_distinct_and_a_large_run_has_every_size() -> None:
    plain = Settings(digits(), (1,))
    labels = {}
    for pace, settings in {
        "quick": Settings(digits(), (1,), quick=True), "usual": plain, "large": Settings(digits(), (1,), large=True),
    }.items():  # fmt: skip
        labels[pace] = [job.label for job in linalg.jobs(settings)]
        assert len(set(labels[pace])) == len(labels[pace])
    assert len(labels["quick"]) < len(labels["usual"]) < len(labels["large"])
    for name in (
        "cholesky 1500", "lu 8", "qr 1000", "qr 100000 x 100", "svd 16", "svdvals 1000", "svd 100000 x 100",
        "lstsq 100000 x 100", "eigvalsh 1000", "eigvals 400", "stack of eigh 8", "20 largest pairs of 2000",
    ):  # fmt: skip
        assert f"{name} float64" in labels["large"]
