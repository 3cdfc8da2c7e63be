"""What a run of the lab finds out: plain records that the table, the report and the JSON file all read.

Nothing here measures or draws. Times are in seconds, rates in flop/s and bytes/s, differences in units of
the machine epsilon of the type (eps), shares as fractions of the limit measured in the same run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlcore.lab.limits import MachineLimits

__all__ = [
    "Accuracy",
    "Bound",
    "Comparison",
    "Curve",
    "HardCase",
    "LadderStep",
    "Note",
    "Outcome",
    "Report",
    "TopicResult",
    "Verdict",
]

# What limits a computation: the FMA units, or memory that is read, updated in place, or read and written
# elsewhere (the loops of mlcore.lab.limits). None: it stays in a cache, where no limit was measured.
Bound = Literal["fma", "read", "update", "triad"]
Verdict = Literal["faster", "even", "slower", "disagrees"]

# Ratios within this of 1 are called even: closer than one run of a benchmark can tell.
EVEN = 0.05

# A unit of errors, beside "n eps": what was asked for. Below 1 there is no more and no less exact.
OF_TOLERANCE = "of the tolerance"


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How far a result is from one that is exact for an input nearby, measured outside the timing.

    Attributes
    ----------
    error : float
        For most operations the backward error, in units of n eps times the size of the input.
    loss : float or None
        What the vectors of the result lack in orthogonality, ||I - Q'Q||, in units of n eps. None where there are none.
    unit : str
        Of `error`.
    """

    error: float
    loss: float | None = None
    unit: str = "n eps"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One operation at one size: mlcore beside one rival, measured in turns on the same input.

    Attributes
    ----------
    operation, size : str
        As shown: "matmul", "256 x 256".
    n : int
        The size as one number, for the abscissa of a plot.
    dtype : str
        "float32" or "float64".
    threads : int
        For both sides.
    rival : str
        What mlcore is compared with: "NumPy", "scikit-learn", "SciPy".
    seconds, rival_seconds : float
        Medians over the rounds; NaN where the results disagree, for then nothing was timed.
    ratio, ratio_low, ratio_high : float
        Median and quartiles over the rounds of (rival's time) / (mlcore's time); above 1, mlcore is faster.
    rounds : int
        How many times each side was timed.
    flops, bytes : float
        What the textbook's algorithm needs: floating-point operations, bytes read and written.
    bound : {"fma", "read", "update", "triad"} or None
        The limit that `share` refers to.
    share, rival_share : float or None
        Fraction of that limit reached.
    difference : float
        Largest difference of the two results, in eps times the size of the result.
    tolerance : float
        The difference up to which the two count as the same.
    accuracy, rival_accuracy : Accuracy or None
        How exact each result is; None where the difference of the two says all there is.
    rival_wider : bool
        Whether the rival computes in a wider type than `dtype`.
    """

    topic: str
    operation: str
    size: str
    n: int
    dtype: str
    threads: int
    rival: str
    seconds: float
    rival_seconds: float
    ratio: float
    ratio_low: float
    ratio_high: float
    rounds: int
    flops: float
    bytes: float
    bound: Bound | None
    share: float | None
    rival_share: float | None
    difference: float
    tolerance: float
    accuracy: Accuracy | None = None
    rival_accuracy: Accuracy | None = None
    rival_wider: bool = False

    @property
    def verdict(self) -> Verdict:
        """Whether mlcore is faster, even (within 5 %) or slower than the rival."""
        if not self.difference <= self.tolerance:  # also true for NaN
            return "disagrees"
        if self.ratio > 1 + EVEN:
            return "faster"
        return "slower" if self.ratio < 1 - EVEN else "even"


@dataclass(frozen=True, slots=True)
class Curve:
    """A line or a cloud of points in the figure called `figure`."""

    topic: str
    figure: str
    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One step of a ladder: the same result, one idea faster."""

    topic: str  # of the ladder: "matmul", "gram_schmidt", "qr", ...
    step: str
    idea: str
    source: str  # the file to read
    n: int
    dtype: str
    threads: int
    seconds: float
    flops: float
    bytes: float
    share: float  # of the FMA peak with that many threads
    roof_share: float  # of what the roofline allows at this ratio of flops to bytes
    difference: float  # from the independent result, in eps
    tolerance: float


@dataclass(frozen=True, slots=True)
class HardCase:
    """What several methods make of an input on which accuracy, not time, is the question.

    Attributes
    ----------
    problem, measure : str
        The input; what is measured of each result.
    higher_is_better : bool
        True for correct digits, False for errors.
    values : dict
        From the name of the method to its value.
    """

    topic: str
    problem: str
    measure: str
    higher_is_better: bool
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Note:
    """A finding that is best said in a sentence."""

    topic: str
    text: str


Outcome = Comparison | Curve | HardCase | LadderStep | Note


@dataclass(frozen=True, slots=True)
class TopicResult:
    """All that one topic found."""

    name: str
    title: str
    question: str
    seconds: float
    comparisons: tuple[Comparison, ...] = ()
    curves: tuple[Curve, ...] = ()
    steps: tuple[LadderStep, ...] = ()
    hard: tuple[HardCase, ...] = ()
    notes: tuple[Note, ...] = ()

    def curves_of(self, figure: str) -> tuple[Curve, ...]:
        """The curves that belong to one figure, in the order they were found."""
        return tuple(curve for curve in self.curves if curve.figure == figure)


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run."""

    created: str  # ISO 8601, local time with offset
    quick: bool
    seconds: float
    threads: tuple[int, ...]
    undisturbed: float  # share of the processor time it asked for that the lab got, before and after; the less
    machine: dict[str, str]  # what ran where, in the order shown
    data: dict[str, str | int]
    limits: tuple[MachineLimits, ...]
    topics: tuple[TopicResult, ...]

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Every comparison of the run, in the order measured."""
        return tuple(row for topic in self.topics for row in topic.comparisons)

    @property
    def steps(self) -> tuple[LadderStep, ...]:
        """Every ladder step of the run."""
        return tuple(step for topic in self.topics for step in topic.steps)

    @property
    def agrees(self) -> bool:
        """Whether every result agreed with the one it was compared with."""
        return all(row.verdict != "disagrees" for row in self.comparisons) and all(
            step.difference <= step.tolerance for step in self.steps
        )
