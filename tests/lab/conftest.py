"""A made-up run with everything that a report can show, and names that break careless code."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mlcore.lab.limits import MachineLimits
from mlcore.lab.results import Accuracy, Comparison, Curve, HardCase, LadderStep, Note, Report, TopicResult

EVIL = "<script>alert('$x_1$ & [red]')</script>"

ROW = Comparison(
    topic="matmul",
    operation="matmul",
    size="64 x 64",
    n=64,
    dtype="float64",
    threads=1,
    rival="NumPy",
    seconds=1e-3,
    rival_seconds=2e-3,
    ratio=2.0,
    ratio_low=1.8,
    ratio_high=2.2,
    rounds=9,
    flops=2.0 * 64**3,
    bytes=3.0 * 8 * 64**2,
    bound="fma",
    share=0.9,
    rival_share=0.45,
    difference=1.5,
    tolerance=128.0,
)
NAN = float("nan")
WRONG = replace(ROW, n=65, difference=float("inf"), seconds=NAN, rival_seconds=NAN, ratio=NAN, ratio_low=NAN,
                ratio_high=NAN, share=NAN, rival_share=NAN)  # fmt: skip


def _rows(topic: str, operations: dict[str, tuple[str, ...]], sizes: tuple[int, ...]) -> tuple[Comparison, ...]:
    """Every operation against each of its rivals, with ratios from 0.4 to 6."""
    rows = []
    for operation, rivals in operations.items():
        for n in sizes:
            for dtype in ("float64", "float32"):
                for threads in (1, 2):
                    for rival in rivals:
                        ratio = 0.4 + (7 * len(rows) % 57) / 10
                        rows.append(
                            replace(ROW, topic=topic, operation=operation, size=f"{n} x {n}", n=n, dtype=dtype,
                                    threads=threads, rival=rival, rival_seconds=1e-3 * ratio, ratio=ratio,
                                    ratio_low=0.9 * ratio, ratio_high=1.1 * ratio)
                        )  # fmt: skip
    return tuple(rows)


def _certified(rows: tuple[Comparison, ...]) -> tuple[Comparison, ...]:
    """With errors on both sides, vectors in every second operation, and mlcore's errors too large in one."""
    return tuple(
        replace(
            row,
            bound=None,
            ratio=row.ratio if row.operation == "solve" else max(row.ratio, 1.2),
            accuracy=Accuracy(0.04 * (9 if row.operation == "lu" else 1), 0.5 if row.operation in ("qr", "eigh") else None),
            rival_accuracy=Accuracy(0.0 if row.n == 8 else 0.05, 0.6 if row.operation in ("qr", "eigh") else None),
            rival_wider=row.operation == "inv",
        )
        for row in rows
    )


def _steps(topic: str) -> tuple[LadderStep, ...]:
    return tuple(
        LadderStep(
            topic=topic,
            step=f"step {i}",
            idea="One idea, in a sentence that is long enough to be wrapped on a narrow page.",
            source="cpp/ladder/step.cpp",
            n=256,
            dtype="float64",
            threads=1 + (i == 4),
            seconds=0.1 / 4**i,
            flops=2.0 * 256**3,
            bytes=3.0 * 8 * 256**2,
            share=0.002 * 4**i,
            roof_share=0.003 * 4**i,
            difference=1.0,
            tolerance=100.0,
        )
        for i in range(5)
    )


def _sample_report(*, labels: tuple[str, ...] = ("0", "1", "2"), wrong: bool = False, undisturbed: float = 1.0) -> Report:
    """A whole run; with `wrong` one comparison disagrees."""
    numbers = tuple(float(i) for i in range(1, 9))
    scores = tuple(Curve("pca", "scores", label, numbers, numbers[::-1]) for label in labels)
    topics = (
        TopicResult("limits", "What this machine can do", "How fast?", 0.0),
        TopicResult(
            "pca",
            "Principal component analysis",
            "How fast?",
            1.0,
            _rows("pca", {"PCA of the data": ("NumPy SVD", "scikit-learn")}, (100,)),
            (
                Curve("pca", "scree", "each", numbers, tuple(0.5**x for x in numbers)),
                Curve("pca", "scree", "cumulative", numbers, tuple(1 - 0.5**x for x in numbers)),
                *scores,
            ),
            notes=(Note("pca", f"{EVIL} in a note."),),
        ),
        TopicResult(
            "matmul",
            "Matrix product",
            "How near?",
            1.0,
            _rows("matmul", {"matmul": ("NumPy",)}, (8, 64, 1000)) + ((WRONG,) if wrong else ()),
        ),
        TopicResult(
            "kernels",
            "Kernels",
            "How fast?",
            1.0,
            _rows("kernels", {"dot": ("NumPy",), "axpy": ("NumPy", "SciPy BLAS")}, (1000, 100000))
            + _rows("kernels", {"stack of products": ("NumPy",)}, (3, 4, 8)),
        ),
        TopicResult(
            "gram_schmidt",
            "Gram-Schmidt",
            "What does it cost?",
            1.0,
            _rows("gram_schmidt", {"Gram-Schmidt, twice": ("NumPy qr",)}, (100,)),
            tuple(
                Curve("gram_schmidt", "orthogonality", name, numbers, tuple(1e-16 * base**x for x in numbers))
                for name, base in (("classical", 50.0), ("modified", 9.0), ("twice", 1.1), ("NumPy qr", 0.0))
            ),
        ),
        TopicResult(
            "linalg",
            "Dense linear algebra",
            "What does it cost, and how exact is it?",
            1.0,
            _certified(
                _rows("linalg", {"solve": ("NumPy",), "inv": ("NumPy",), "lu": ("SciPy",)}, (8, 64, 512))
                + _rows("linalg", {"qr": ("NumPy",), "eigh": ("NumPy", "SciPy"), "stack of det": ("NumPy",)}, (8,))
            ),
            hard=(HardCase("linalg", EVIL, "correct digits", True, {"mlcore svd": 14.25, "NumPy svd": 0.0}),),
        ),
        TopicResult(
            "eigen",
            "Power iteration",
            "What does it cost?",
            1.0,
            _rows("eigen", {"power iteration": ("NumPy by hand",)}, (100,)),
            tuple(Curve("eigen", "convergence", f"gap {gap}", numbers, tuple(gap**x for x in numbers)) for gap in (0.25, 0.9)),
        ),
        TopicResult(
            "calculus",
            "Derivatives and integrals",
            "What do they cost?",
            1.0,
            _certified(
                _rows("calculus", {"gradient, Rosenbrock": ("NumPy by hand", "autograd")}, (10, 1000))
                + _rows("calculus", {"integrate, smooth": ("SciPy quad",)}, (1,))
            ),
            hard=(HardCase("calculus", "integral of x^-0.99", "correct digits", True, {"mlcore": 15.0, "SciPy quad": 0.0}),),
            notes=(Note("calculus", "Not compared: autograd."),),
        ),
        TopicResult("ladder", "The ladder", "What does each idea gain?", 1.0, steps=_steps("matmul") + _steps("gram_schmidt")),
    )
    limits = tuple(
        MachineLimits(n, {"float64": 7e10 * n, "float32": 1.4e11 * n}, 2e10 * n, 1.9e10 * n, 1.5e10 * n, 1.6e10 * n)
        for n in (1, 2)
    )
    return Report(
        created="2024-05-06T07:08:09+02:00",
        quick=False,
        seconds=61.5,
        threads=(1, 2),
        undisturbed=undisturbed,
        machine={"Processor": EVIL, "mlcore": "1.2.3, build x"},
        data={"name": EVIL, "rows": 100, "columns": 8, "labels": EVIL},
        limits=limits,
        topics=topics,
    )


@pytest.fixture(scope="session")
def sample_report() -> Callable[..., Report]:
    """Makes a run in which everything occurs that a report can show; see the options of `_sample_report`."""
    return _sample_report
