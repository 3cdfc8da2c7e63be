"""The cases of derivatives and integrals: both sides agree and are exact, what is missing is named, and losses are kept."""

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from mlcore.lab import topics
from mlcore.lab.bench import Bench
from mlcore.lab.case import Case
from mlcore.lab.data import digits
from mlcore.lab.figures.calculus import figures
from mlcore.lab.results import OF_TOLERANCE, Accuracy, Comparison, HardCase, Note, Report
from mlcore.lab.settings import Settings
from mlcore.lab.summary import summarise
from mlcore.lab.topics import calculus, calculus_hard, cubature, gradients, integrals

MOST = 2.0  # n eps
QUICK = Settings(digits(), (1,), quick=True)
GRADIENTS = [gradients.rosenbrock, gradients.logistic, gradients.network]
needs_cubature = pytest.mark.skipif(not cubature.available(), reason="SciPy's cubature came with 1.15")


def check(case: Case, most: float) -> None:
    for rival, found in zip(case.rivals, case.agreement(), strict=True):
        assert found.holds, f"{rival.name}: {found}"
        for accuracy in (found.accuracy, found.rival_accuracy):
            assert accuracy is not None
            assert accuracy.error <= most


@pytest.mark.parametrize("n", [2, 12])
@pytest.mark.parametrize("build", GRADIENTS, ids=lambda build: build.__name__)
def test_gradients(build: Callable[[int, int], Case], n: int) -> None:
    check(build(n, 1), MOST)


def test_rivals_of_gradients_are_those_that_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    here = ["autograd"] if find_spec("autograd") else []
    assert [rival.name for rival in gradients.logistic(3, 1).rivals] == ["NumPy by hand", "NumPy complex step", *here]
    monkeypatch.setattr(gradients, "find_spec", lambda name: None)
    assert [rival.name for rival in gradients.network(3, 1).rivals] == ["NumPy by hand"]
    monkeypatch.setattr(calculus, "find_spec", lambda name: None)
    monkeypatch.setattr(cubature, "available", lambda: False)
    jobs = calculus.jobs(QUICK)
    assert not any("dimensions" in job.label for job in jobs)
    (note,) = jobs[-1].run(Bench(QUICK, ()))
    assert isinstance(note, Note)
    assert "Not compared: autograd" in note.text
    assert "from version 1.15 on" in note.text


@pytest.mark.parametrize("name", integrals.PROBLEMS)
def test_integrals_of_one_variable(name: str) -> None:
    problem = integrals.PROBLEMS[name]
    for x in (0.37, 0.81):
        assert problem.scalar(x) == pytest.approx(float(problem.f(np.array([x]))[0]), rel=1e-14)
    check(integrals.of_one_variable(name), 1.0)


def test_several_values_and_antiderivatives() -> None:
    check(integrals.of_vectors(20), 1.0)
    check(integrals.antiderivative(50), MOST)
    check(integrals.roots(5), MOST)


@needs_cubature
@pytest.mark.parametrize("family", cubature.FAMILIES)
def test_integrals_in_two_dimensions(family: str) -> None:
    check(cubature.integral(family, 2, 1e-3, QUICK.seed), 1.0)


def test_hard_cases_hold_digits_of_both_sides() -> None:
    found = [outcome for job in calculus_hard.jobs() for outcome in job.run(Bench(QUICK, ()))]
    assert len(found) == 2 + len(calculus_hard.INTEGRALS)
    for case in found:
        assert isinstance(case, HardCase)
        assert sum(name.startswith("mlcore") for name in case.values) == 1
        assert len(case.values) >= 2
        assert all(0 <= digits <= 16 for digits in case.values.values())
    by_name = {case.problem: case.values for case in found if isinstance(case, HardCase)}
    gradient = by_name["gradient of Rosenbrock's function, 10 variables"]
    assert gradient["mlcore grad"] >= gradient["NumPy complex step"] - 0.5
    assert gradient["mlcore grad"] > gradient["central differences"] + 3


def test_labels_are_distinct_and_the_topic_has_its_place() -> None:
    labels = {}
    for pace, settings in {
        "quick": QUICK, "usual": Settings(digits(), (1,)), "large": Settings(digits(), (1,), large=True),
    }.items():  # fmt: skip
        labels[pace] = [job.label for job in calculus.jobs(settings)]
        assert len(set(labels[pace])) == len(labels[pace])
    assert len(labels["quick"]) < len(labels["usual"]) < len(labels["large"])
    assert set(integrals.QUICK) < set(integrals.PROBLEMS)
    assert topics.select(["calculus"])[0].jobs is calculus.jobs


def test_figures_keep_every_ratio(sample_report: Callable[..., Report]) -> None:
    report = sample_report()
    topic = next(topic for topic in report.topics if topic.name == "calculus")
    drawn = figures(topic, report)
    assert [figure.name for figure in drawn] == [
        f"calculus-{name}-{threads}" for threads in (1, 2) for name in ("gradients", "integrals")
    ]
    assert "Rosenbrock 10 x 10 (autograd)" in drawn[0].svg
    assert "smooth 1 x 1 (quad)" in drawn[1].svg


def test_errors_within_the_tolerance_are_as_good_as_none(sample_report: Callable[..., Report]) -> None:
    report = sample_report()
    (topic,) = (topic for topic in report.topics if topic.name == "calculus")

    def less_exact(error: float) -> tuple[str, ...]:
        rows: tuple[Comparison, ...] = tuple(
            replace(row, accuracy=Accuracy(error, unit=OF_TOLERANCE), rival_accuracy=Accuracy(1e-7, unit=OF_TOLERANCE))
            for row in topic.comparisons
        )
        return summarise(replace(report, topics=(replace(topic, comparisons=rows),))).less_exact

    assert less_exact(0.9) == ()
    assert len(less_exact(4.0)) == 3
