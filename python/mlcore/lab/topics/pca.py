"""PCA three ways: mlcore, NumPy's SVD by hand, scikit-learn. Time, and how far the answers differ.

Components are determined only up to sign, and only as well as their variance stands apart from its
neighbours': a perturbation E of the covariance turns component i by at most about |E| / gap_i (Davis and Kahan 1970).
So the check compares variances as they are, and components after aligning signs and multiplying each by its gap; two
components of equal variance may then be any rotation of each other, as the mathematics allows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore.decomposition import PCA
from mlcore.lab.bench import Bench
from mlcore.lab.case import Case, Rival
from mlcore.lab.dataset import Dataset
from mlcore.lab.job import Job, compare_job
from mlcore.lab.results import Curve, Note, Outcome
from mlcore.lab.settings import Settings

__all__ = ["jobs", "on_data", "on_noise"]

Array = NDArray[Any]

# (rows, columns, components) of the synthetic tables beside the data.
SIZES = ((200_000, 100, 10), (1500, 1500, 20))
QUICK = ((20_000, 100, 10),)
ON_DATA = "PCA of the data"
DOUBTFUL = 1e-6  # a difference of variances that a reader would see
POINTS = 2000  # shown in the scatter plot at most


def jobs(settings: Settings) -> list[Job]:
    """The data first: time, agreement and pictures; then tables of other shapes."""
    data = settings.data
    return [
        compare_job("pca", f"PCA of {data.name}", partial(on_data, data)),
        Job(f"components of {data.name}", partial(_study, data)),
        *(
            compare_job("pca", f"PCA {n} x {p} {dtype}", partial(on_noise, n, p, k, dtype, settings.seed))
            for n, p, k in (QUICK if settings.quick else SIZES)
            for dtype in settings.dtypes
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Reference:
    """An independent answer in float64, and how well each component is determined."""

    variance: Array
    components: Array
    gap: Array  # distance of each variance to its neighbours, as a fraction of the largest

    @classmethod
    def of(cls, X: Array, k: int) -> _Reference:
        n, p = X.shape
        if p <= n:  # the p x p matrix is the small one
            values, vectors = np.linalg.eigh(np.cov(X, rowvar=False, dtype=np.float64))
            values, components = values[::-1], vectors.T[::-1]
        else:
            values, components = svd_by_hand(X.astype(np.float64), n)
        steps = np.abs(np.diff(values))
        gap = np.minimum(np.r_[np.inf, steps], np.r_[steps, values[-1]])
        return cls(values[:k], components[:k], gap[:k] / values[0])

    def align(self, components: Array) -> Array:
        """`components` with each sign turned to that of the reference."""
        signs = np.where(np.sum(self.components * components, axis=1) < 0, -1.0, 1.0)
        return np.multiply(components, signs[:, None], dtype=components.dtype)

    def fingerprint(self, variance: Array, components: Array) -> Array:
        """What two answers must have in common, scaled so that 1 is the size of the largest."""
        weighted = self.align(components) * self.gap[:, None]
        both = np.concatenate([variance / self.variance[0], weighted.ravel()])
        return both.astype(components.dtype)


def svd_by_hand(X: Array, k: int) -> tuple[Array, Array]:
    """Variances and components from NumPy's singular values: lambda_i = s_i^2 / (n - 1)."""
    centred = X - X.mean(axis=0)
    _, s, Vh = np.linalg.svd(centred, full_matrices=False)
    return s[:k] ** 2 / (len(X) - 1), Vh[:k]


def _n_components(X: Array) -> int:
    return int(min(10, X.shape[1], X.shape[0] - 1))


def _case(X: Array, k: int, *, operation: str, by_hand: bool) -> Case:
    from sklearn.decomposition import PCA as Theirs

    n, p = X.shape
    dtype = X.dtype.name
    reference = _Reference.of(X, k)
    pick = partial(_fingerprint_of_estimator, reference)
    # scikit-learn forms X'X - n mean mean', whose rounding error grows with mean^2 / variance. Whoever subtracts the mean
    # first still has its error, some sqrt(n) eps mean, squared.
    offset = float(p * np.max(np.abs(X.mean(axis=0, dtype=np.float64))) ** 2 / reference.variance[0])
    tolerance = 20.0 * p + n * float(np.finfo(dtype).eps) * offset
    rivals = (
        *((Rival("NumPy SVD", lambda: svd_by_hand(X, k), lambda r: reference.fingerprint(*r)),) if by_hand else ()),
        Rival("scikit-learn", lambda: Theirs(n_components=k).fit(X), pick, tolerance=tolerance * (1 + offset)),
    )
    return Case(
        operation=operation,
        size=f"{n} x {p}, {k} components",
        n=n,
        dtype=dtype,
        ours=lambda: PCA(n_components=k).fit(X),
        rivals=rivals,
        tolerance=tolerance,
        scale=1.0,
        pick=pick,
        flops=float(n) * p * (p + 1),  # of the covariance, which dominates for tall tables
        bytes=float(X.nbytes),
    )


def _fingerprint_of_estimator(reference: _Reference, pca: Any) -> Array:
    return reference.fingerprint(pca.explained_variance_, pca.components_)


def on_data(data: Dataset) -> Case:
    """The first components of a real table, three ways."""
    return _case(data.X, _n_components(data.X), operation=ON_DATA, by_hand=True)


def on_noise(n: int, p: int, k: int, dtype: str, seed: int) -> Case:
    """Normal random rows whose standard deviations fall by a tenth from one direction to the next, to a floor."""
    rng = np.random.default_rng(seed)
    directions, _ = np.linalg.qr(rng.standard_normal((p, p)))
    deviations = np.maximum(0.9 ** np.arange(p), 1e-3)
    X = (rng.standard_normal((n, p)) * deviations @ directions.T + 1.0).astype(dtype)
    return _case(X, k, operation="PCA", by_hand=False)


def _study(data: Dataset, bench: Bench) -> Iterable[Outcome]:
    """The scree plot, the first two components, and the largest differences between the three answers."""
    from sklearn.decomposition import PCA as Theirs

    X, k = data.X, _n_components(data.X)
    ours, theirs = PCA(n_components=k).fit(X), Theirs(n_components=k).fit(X)
    reference = _Reference.of(X, k)
    yield from _differences(reference, ours, "NumPy's SVD by hand", *svd_by_hand(X, k))
    yield from _differences(reference, ours, "scikit-learn", theirs.explained_variance_, theirs.components_)

    ratios = PCA().fit(X).explained_variance_ratio_[:30]
    number = tuple(range(1, len(ratios) + 1))
    yield Curve("pca", "scree", "each", number, tuple(float(r) for r in ratios))
    yield Curve("pca", "scree", "cumulative", number, tuple(float(r) for r in np.cumsum(ratios)))
    yield Note(
        "pca",
        f"The first two components hold {ratios[:2].sum():.0%} of the variance of {data.name}, the first "
        f"{len(ratios)} hold {ratios.sum():.0%}.",
    )

    shown = np.arange(len(X)) if len(X) <= POINTS else np.linspace(0, len(X) - 1, POINTS).astype(int)
    scores = ours.transform(X[shown])[:, :2]
    labels = np.array(["" if data.labels is None else data.labels[i] for i in shown])
    for label in sorted(set(labels.tolist()), key=_natural):
        of_label = scores[labels == label]
        x, y = (tuple(float(value) for value in of_label[:, j]) for j in (0, 1))
        yield Curve("pca", "scores", label, x, y)


def _natural(label: str) -> tuple[int, float, str]:
    """Sort numbers by value and before text."""
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label


def _differences(reference: _Reference, ours: Any, name: str, variance: Array, components: Array) -> Iterable[Outcome]:
    apart = np.abs(ours.explained_variance_ - variance).max() / variance[0]
    clear = reference.gap > 1e-6
    turned = np.abs(reference.align(ours.components_) - reference.align(components))[clear]
    which = "" if clear.all() else f" (of the {np.count_nonzero(clear)} whose variances stand apart)"
    by = f"; the components, up to sign, by at most {_small(turned.max())}{which}" if turned.size else ""
    yield Note(
        "pca",
        f"mlcore and {name}: the variances explained differ by at most {_small(apart)} of the largest{by}."
        + (_who_is_right(reference, ours.explained_variance_, name, variance) if apart > DOUBTFUL else ""),
    )


def _who_is_right(reference: _Reference, ours: Array, name: str, theirs: Array) -> str:
    """Two answers that differ in the digits a person would print cannot both be right: ask a third."""
    mine, other = (float(np.abs(answer - reference.variance).max()) for answer in (ours, theirs))
    return f" The eigenvalues of NumPy's covariance matrix agree with {'mlcore' if mine < other else name}."


def _small(value: float) -> str:
    return f"{value:.1e}" if value else "0"
