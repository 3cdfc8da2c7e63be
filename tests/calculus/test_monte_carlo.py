"""Randomized quasi-Monte Carlo: the sequence against SciPy's, intervals that cover, statuses."""

import math

import numpy as np
import pytest

from mlcore.calculus import monte_carlo
from mlcore.calculus._monte_carlo import _student_quantile
from mlcore.calculus._sobol import Sobol


@pytest.mark.parametrize("d", [1, 2, 20, 1024])
def test_plain_sequence_is_scipys(d):
    qmc = pytest.importorskip("scipy.stats").qmc
    reference = qmc.Sobol(d, scramble=False).random(512)
    assert np.array_equal(Sobol(d).block(0, 9).T, reference)
    assert np.array_equal(Sobol(d).block(96, 5).T, reference[96:128])


def test_scrambled_points_are_a_net():
    points = Sobol(5, np.random.default_rng(0)).block(256, 8)
    assert ((points > 0) & (points < 1)).all()
    for row in points:  # one in each interval of length 1/256
        assert np.array_equal(np.sort((row * 256).astype(int)), np.arange(256))
    cells = (points[0] * 16).astype(int) * 16 + (points[1] * 16).astype(int)
    assert len(np.unique(cells)) == 256


def test_scrambled_points_are_uniform():
    firsts = np.array([Sobol(2, np.random.default_rng(seed)).block(0, 0)[:, 0] for seed in range(2000)])
    assert abs(firsts.mean(0) - 0.5).max() < 5 / math.sqrt(12 * 2000)
    assert abs(np.corrcoef(firsts.T)[0, 1]) < 5 / math.sqrt(2000)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 15])
def test_student_quantile(n):
    t = pytest.importorskip("scipy.stats").t
    for confidence in (0.5, 0.95, 0.999):
        expected = math.tan(math.pi * confidence / 2) if n == 1 else t.ppf((1 + confidence) / 2, n)
        assert _student_quantile(confidence, n) == pytest.approx(expected, rel=1e-9)


def test_intervals_cover():
    exact = (3 * math.expm1(1 / 3)) ** 6
    results = [
        monte_carlo(lambda x: np.exp(x.sum(-1) / 3), [0] * 6, [1] * 6, n_samples=1024, confidence=0.9, rng=seed)
        for seed in range(300)
    ]
    covered = sum(abs(result.value - exact) <= result.error for result in results)
    assert 250 <= covered <= 290  # 270 are expected; standard deviation 5.2
    assert {result.status for result in results} == {"fixed"}
    assert {result.n_evaluations for result in results} == {1024}


@pytest.mark.parametrize("d", [10, 50, 300])
def test_many_dimensions(d):
    weights = 1 / (1 + np.arange(d)) ** 2
    result = monte_carlo(lambda x: np.prod(1 + weights * (x - 0.5), axis=-1), [0] * d, [1] * d, rtol=1e-4, rng=3)
    assert result.status == "converged"
    assert abs(result.value - 1) <= result.error <= 1e-4 * result.value


def test_far_fewer_points_than_by_chance():
    def f(x):
        return np.prod(1.5 * np.sqrt(x), axis=-1)

    result = monte_carlo(f, [0] * 4, [1] * 4, n_samples=1 << 16, rng=1)
    by_chance = f(np.random.default_rng(0).random((1 << 16, 4))).std() / 2**8
    assert result.error < by_chance / 10


def test_infinite_dependent_and_reversed_limits():
    normal = monte_carlo(lambda x: np.exp(-(x**2).sum(-1) / 2), [-np.inf] * 3, [np.inf] * 3, rng=0)
    assert normal.status == "converged"
    assert abs(normal.value - (2 * math.pi) ** 1.5) <= normal.error
    triangle = monte_carlo(lambda x: np.ones(len(x)), [0, 0], [1, lambda x: x[:, 0]], rng=0)
    assert abs(triangle.value - 0.5) <= triangle.error
    assert monte_carlo(lambda x: x[..., 0], [2], [0], rng=0).value == pytest.approx(-2, rel=1e-3)
    assert monte_carlo(lambda x: np.ones((len(x), 2)), [2], [2]).value.tolist() == [0, 0]


def test_same_seed_same_digits():
    def f(x):
        return np.exp(x).sum(-1)

    first, second, other = (monte_carlo(f, [0] * 4, [1] * 4, rng=seed) for seed in (5, np.random.default_rng(5), 6))
    assert first == second
    assert first != other


def test_statuses():
    jump = lambda x: np.where(x.sum(-1) > 5, 1.0, 0.0)  # noqa: E731
    noisy = monte_carlo(jump, [0] * 10, [1] * 10, rtol=1e-9, max_evaluations=10_000, rng=0)
    assert noisy.status == "max_evaluations"
    assert noisy.n_evaluations <= 10_000
    assert abs(noisy.value - 0.5) <= noisy.error
    for bad in (np.nan, np.inf):
        result = monte_carlo(lambda x, bad=bad: np.where(x[..., 0] > 0.9, bad, 1.0), [0], [1], rng=0)
        assert math.isnan(result.value)
        assert (result.error, result.status) == (math.inf, "not_finite")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replications": 1}, "replications is 1"),
        ({"n_samples": 0}, "n_samples is 0"),
        ({"confidence": 1}, "confidence is 1"),
        ({"rtol": -1}, "rtol is -1"),
        ({"lower": [0] * 1025, "upper": [1] * 1025}, "at most 1024"),
        ({"lower": [-1e308], "upper": [1e308]}, "overflows"),
    ],
)
def test_arguments_that_do_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        monte_carlo(lambda x: x[..., 0], **{"lower": [0], "upper": [1], **arguments})


def test_the_same_at_all_points_is_looked_at_again():
    rare = monte_carlo(lambda x: (x[:, 0] < 2e-3) * (x[:, 1] < 0.1), [0, 0], [1, 1], rng=0, rtol=0.1)
    assert rare.value == pytest.approx(2e-4, rel=0.2)
    constant = monte_carlo(lambda x: np.stack([x[:, 0], np.full(len(x), 0.1)], -1), [0], [1], rng=0)
    assert (constant.status, constant.n_evaluations) == ("converged", 16 * 2048)
    few = monte_carlo(lambda x: np.zeros(len(x)), [0], [1], max_evaluations=5000)
    assert (few.status, few.n_evaluations) == ("max_evaluations", 4096)


def test_a_volume_that_overflows_says_so():
    with pytest.raises(ValueError, match="volume"):
        monte_carlo(lambda x: np.ones(len(x)), [0, 0], [1e200, 1e200])


def test_an_integral_of_zero_converges():
    result = monte_carlo(lambda x: 1e200 * x[:, 0], [-1], [1], rng=0)
    assert result.status == "converged"
    assert abs(result.value) <= result.error <= 100 * np.finfo(float).eps * 1e200
    assert result.n_evaluations < 100_000
    strict = monte_carlo(lambda x: x[:, 0], [-1], [1], rng=0, atol=0.0, max_evaluations=10_000)
    assert strict.status == "max_evaluations"


@pytest.mark.parametrize("scale", [1e-300, 1e-170, 1e170, 1e300])
def test_the_error_of_small_and_large_functions(scale):
    one = monte_carlo(lambda x: np.exp(x.sum(-1)), [0, 0], [1, 1], n_samples=4096, rng=0)
    result = monte_carlo(lambda x: scale * np.exp(x.sum(-1)), [0, 0], [1, 1], n_samples=4096, rng=0)
    assert result.value == pytest.approx(scale * one.value, rel=1e-12)
    assert result.error == pytest.approx(scale * one.error, rel=1e-6)
