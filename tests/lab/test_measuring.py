"""How a comparison is made: what counts as the same result, what is timed, and what is said about it."""

import gc
import itertools
import math
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import mlcore
from mlcore.lab.bench import Bench
from mlcore.lab.case import Agreement, Case, Rival, difference
from mlcore.lab.data import digits
from mlcore.lab.limits import MachineLimits
from mlcore.lab.quiet import undisturbed
from mlcore.lab.results import Accuracy, Report
from mlcore.lab.settings import Settings
from mlcore.lab.summary import losses, summarise
from mlcore.lab.threads import available, counts, equal
from mlcore.lab.timing import interleave, quartiles

Sample = Callable[..., Report]
EPS = 2.0**-52


@pytest.mark.parametrize(
    ("a", "b", "options", "expected"),
    [
        (np.ones(3), np.ones(3), {}, 0.0),
        (np.array([1.0, 1 + EPS]), np.ones(2), {}, 1.0),
        (np.array([8.0, 1 + EPS]), np.array([8.0, 1.0]), {}, 1 / 8),
        (np.array([1 + EPS]), np.ones(1), {"scale": 0.5}, 2.0),
        (np.float32([1 + 2.0**-23]), np.float32([1]), {"dtype": "float32"}, 1.0),
        (np.zeros(2), np.zeros(2), {}, 0.0),
        (np.empty((0, 3)), np.empty((0, 3)), {}, 0.0),
        (np.array([1e-300]), np.zeros(1), {}, math.inf),
        (np.ones(2), np.ones((2, 1)), {}, math.inf),
        (np.ones(2), np.ones(2, dtype="float32"), {}, math.inf),
        (np.array([np.nan]), np.array([np.nan]), {}, math.inf),
        (np.array([np.inf]), np.array([np.inf]), {}, math.inf),
    ],
)
def test_difference(a: np.ndarray, b: np.ndarray, options: dict, expected: float) -> None:
    assert difference(a, b, **{"dtype": "float64", **options}) == expected


def test_turns_are_taken_alternately() -> None:
    """After the warm-up no contestant runs twice as many turns as another, and the order is reversed each round."""
    calls: list[str] = []
    slow = [lambda name=name: calls.append(name) or sum(range(200_000)) for name in "ab"]
    times = interleave(slow, budget=1e-9, least=4)
    assert times.shape == (2, 4)
    assert (times > 0).all()
    turns = [name for name, _ in itertools.groupby(calls[calls.index("b") :])]
    assert "".join(turns) == "bababa", "warm-up of b, then ab, ba, ab, ba"


def test_the_clock_runs_without_the_collector_and_restores_it() -> None:
    states: list[bool] = []
    assert gc.isenabled()
    interleave([lambda: states.append(gc.isenabled())], budget=1e-4)
    assert states[-1] is False
    assert gc.isenabled()


def test_quartiles() -> None:
    assert quartiles(np.arange(5.0)) == (1.0, 2.0, 3.0)


@pytest.fixture(scope="module")
def bench() -> Bench:
    limits = MachineLimits(1, {"float64": 1e9, "float32": 2e9}, 4e9, 3e9, 2e9, 1e9)
    return Bench(Settings(digits(), (1,), quick=True), (limits,))


def case(**changes: object) -> Case:
    x = np.arange(10.0)
    plain = Case("sum", "10", 10, "float64", x.sum, (Rival("NumPy", lambda: np.add.reduce(x)),), tolerance=1.0)
    return replace(plain, **changes)


def test_comparison(bench: Bench) -> None:
    (row,) = bench.compare("kernels", case(flops=10.0, bytes=80.0, bound="read"))
    assert row.verdict in ("faster", "even", "slower")
    assert row.ratio_low <= row.ratio <= row.ratio_high
    assert row.rounds >= 3
    assert row.share == pytest.approx(80 / row.seconds / 4e9)
    assert row.rival_share == pytest.approx(80 / row.rival_seconds / 4e9)


@pytest.mark.parametrize(("bound", "limit"), [("fma", 1e9), ("read", 4e9), ("update", 3e9), ("triad", 1e9)])
def test_limits(bench: Bench, bound: str, limit: float) -> None:
    assert bench.limit(bound, "float64", 1) == limit


def test_a_wrong_result_is_not_timed(bench: Bench) -> None:
    calls: list[int] = []
    wrong = Rival("Wrong", lambda: calls.append(1) or 44.0)
    right = Rival("Right", lambda: 45.0)
    bad, good = bench.compare("kernels", case(rivals=(wrong, right)))
    assert bad.verdict == "disagrees"
    assert bad.difference == pytest.approx(1 / (44 * EPS))
    assert math.isnan(bad.ratio)
    assert len(calls) == 1
    assert good.verdict != "disagrees"
    assert good.seconds > 0


def test_nothing_to_time_if_all_disagree(bench: Bench) -> None:
    (row,) = bench.compare("kernels", case(rivals=(Rival("Wrong", lambda: 44.0),), bound="fma"))
    assert row.verdict == "disagrees"
    assert math.isnan(row.seconds)


def test_a_rival_may_be_less_accurate(bench: Bench) -> None:
    loose = Rival("Loose", lambda: 45.0 * (1 + 64 * EPS), tolerance=100.0)
    (row,) = bench.compare("kernels", case(rivals=(loose,)))
    assert row.verdict != "disagrees"
    assert row.tolerance == 100.0


def test_both_results_are_certified_by_the_same_function(bench: Bench) -> None:
    off = Rival("Off", lambda: 46.0, tolerance=math.inf)
    other = Rival("Pair", lambda: (45.0, 1), lambda pair: pair[0], certify=lambda pair: Accuracy(pair[1]), wider=True)
    rows = bench.compare("kernels", case(rivals=(off, other), certify=lambda result: Accuracy(abs(float(result) - 45.0))))
    assert [row.accuracy for row in rows] == [Accuracy(0.0)] * 2
    assert [row.rival_accuracy for row in rows] == [Accuracy(1.0), Accuracy(1)]
    assert [row.rival_wider for row in rows] == [False, True]
    (plain,) = bench.compare("kernels", case())
    assert plain.accuracy is plain.rival_accuracy is None


def test_the_summary_names_larger_errors(sample_report: Sample) -> None:
    """The worst of each operation; not what a wider type explains, and not what is below one eps."""
    assert summarise(sample_report()).less_exact == ("lu 64 x 64, float64, 1 thread: 7.20x SciPy's error (0.36 / 0.05)",)


def test_long_rounds_are_few() -> None:
    times = interleave([lambda: time.sleep(0.6), lambda: time.sleep(0.6)], budget=1e-9, least=5)
    assert times.shape == (2, 3)


def test_sizes_of_a_run() -> None:
    sizes = ((8, 64), (32,), (8, 64, 1000))
    plain = Settings(digits(), (1,))
    assert plain.sizes(*sizes) == (8, 64)
    assert replace(plain, quick=True).sizes(*sizes) == (32,)
    assert replace(plain, large=True).sizes(*sizes) == (8, 64, 1000)
    assert replace(plain, large=True).sizes(*sizes[:2]) == (8, 64)
    assert plain.points(*sizes, float32=(64,)) == [(8, "float64"), (64, "float64"), (64, "float32")]
    assert replace(plain, quick=True).points(*sizes) == [(32, "float64")]
    assert len(replace(plain, large=True).points(*sizes)) == 6


def test_counts_of_threads() -> None:
    assert counts(1) == (1,)
    assert counts(None)[0] == 1
    if available() > 1:
        assert counts(2) == (1, 2)


@pytest.mark.parametrize("threads", [n for n in (1, 2) if n <= available()])
def test_equal_threads(threads: int) -> None:
    from threadpoolctl import threadpool_info

    before = mlcore.get_num_threads()
    with equal(threads):
        assert mlcore.get_num_threads() == threads
        pools = threadpool_info()
        assert {pool["num_threads"] for pool in pools} == {threads}
        assert any(pool["internal_api"] == "openblas" or pool["user_api"] == "blas" for pool in pools)
    assert mlcore.get_num_threads() == before


def test_summary_names_losses_worst_first(sample_report: Sample) -> None:
    report = sample_report()
    lost = losses(report.comparisons)
    assert [row.ratio for row in lost] == sorted(row.ratio for row in report.comparisons if row.ratio < 0.95)
    summary = summarise(report)
    assert f"{len(report.comparisons)} comparisons" in summary.headline
    assert f"slower in {len(lost)}" in summary.headline
    assert len(summary.slower) == len(lost)
    assert all(f"{row.ratio:.2f}x {row.rival}" in text for row, text in zip(lost, summary.slower, strict=True))
    assert summary.problems == ()
    assert summary.caution == ""


def test_a_call_in_place_is_compared_from_the_same_start() -> None:
    ours, theirs = np.zeros(3), np.zeros(3)

    def prepare() -> None:
        ours[:] = theirs[:] = 1.0

    rival = Rival("other", lambda: np.add(theirs, 1.0, out=theirs))
    case = Case("add", "3", 3, "float64", lambda: np.add(ours, 1.0, out=ours), (rival,), tolerance=0, prepare=prepare)
    case.ours()  # as many calls as there was time for
    assert case.agreement() == [Agreement(0.0, 0)]


def test_summary_of_a_bad_run(sample_report: Sample) -> None:
    report = sample_report(wrong=True)
    summary = summarise(report)
    assert not report.agrees
    assert len(summary.problems) == 1
    assert "inf eps" in summary.problems[0]
    assert summary.faster != ()
    assert len(summary.slower) == len(summarise(sample_report()).slower), "a disagreement is neither won nor lost"


@pytest.mark.parametrize(("share", "cautious", "conclusive"), [(1.0, False, True), (0.8, True, True), (0.5, True, False)])
def test_summary_of_a_busy_machine(sample_report: Sample, share: float, cautious: bool, conclusive: bool) -> None:
    summary = summarise(sample_report(undisturbed=share))
    assert (f"{share:.0%}" in summary.caution) is cautious
    assert summary.conclusive is conclusive
    assert bool(summary.faster) is bool(summary.slower) is conclusive
    assert ("no conclusion is drawn" in summary.headline) is not conclusive


@pytest.mark.parametrize("threads", [1, 2])
def test_share_of_the_processor_is_a_share(threads: int) -> None:
    before = mlcore.get_num_threads()
    assert 0 <= undisturbed(threads, seconds=0.02) <= 1
    assert mlcore.get_num_threads() == before


def test_summary_of_nothing(sample_report: Sample) -> None:
    summary = summarise(replace(sample_report(), topics=()))
    assert (summary.headline, summary.faster, summary.slower) == ("", (), ())


def test_a_wrong_ladder_step_is_named(sample_report: Sample) -> None:
    report = sample_report()
    ladder = report.topics[-1]
    bad = replace(ladder, steps=(replace(ladder.steps[0], difference=math.nan), *ladder.steps[1:]))
    report = replace(report, topics=(bad,))
    assert not report.agrees
    assert "step 0" in summarise(report).problems[0]
