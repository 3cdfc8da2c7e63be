"""The picture of a Taylor polynomial: what is drawn, and where."""

import matplotlib
import numpy as np
import pytest

from mlcore.calculus import TaylorDisplay, taylor

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_a_function_and_its_polynomial():
    p = taylor(np.sin, 0.5, 5)
    display = p.plot((-3, 3), n_points=7)
    assert isinstance(display, TaylorDisplay)
    function, polynomial = display.lines_
    x = np.linspace(-3, 3, 7)
    np.testing.assert_array_equal(function.get_ydata(), np.sin(x))
    np.testing.assert_array_equal(polynomial.get_ydata(), p(x))
    assert polynomial.get_label() == "p(x), order 5"
    assert display.ax_.get_xlim() == (-3, 3)
    low, high = display.ax_.get_ylim()
    assert -1.5 < low < -0.99  # the function's range, not the polynomial's
    assert 0.99 < high < 1.5
    display.figure_.canvas.draw()


def test_vectors_and_given_axes():
    import matplotlib.pyplot as plt

    ax = plt.figure().add_subplot()
    display = taylor(lambda t: np.stack([np.exp(t), np.cos(t)]), 0.0, 3).plot((1.0, 2.0), ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert [line.get_label() for line in display.lines_] == ["f(x)[0]", "p(x)[0], order 3", "f(x)[1]", "p(x)[1], order 3"]
    assert len(ax.lines) == 4  # the centre is outside


def test_poles_and_ends_of_the_domain_are_gaps():
    display = taylor(np.tan, 0.5, 6).plot((-2, 3))
    y = display.lines_[0].get_ydata()
    jumps = np.abs(np.diff(y[np.isfinite(y)]))
    assert np.isnan(y).any()
    assert np.nanmax(np.abs(np.diff(y))) < np.ptp(display.ax_.get_ylim())
    assert jumps.max() > np.ptp(display.ax_.get_ylim())
    assert np.isnan(taylor(np.log, 1.0, 3).plot((-1, 2)).lines_[0].get_ydata()[:100]).all()


def test_nothing_finite():
    low, high = taylor(np.log, 1.0, 1).plot((-3, -1)).ax_.get_ylim()  # the polynomial's, where the function has no values
    assert low < -4
    assert -2 < high < -1
    assert (taylor(np.exp, 0.0, 1) * np.nan).plot((0, 1)).ax_.get_ylim() == (-1, 1)


def test_results_of_arithmetic_have_no_function():
    display = (taylor(np.cos, 0.0, 4) ** 2).plot((-1, 1))
    assert display.function is None
    assert len(display.lines_) == 1
    assert taylor(lambda x: 2.0, 0.0, 1).plot((-1, 1)).ax_.get_ylim() == (1.0, 3.0)


@pytest.mark.parametrize("interval", [(1, 1), (1, -1), (0, np.inf), (np.nan, 1)])
def test_intervals_are_checked(interval):
    with pytest.raises(ValueError, match="finite ends"):
        taylor(np.sin, 0.0, 2).plot(interval)


def test_other_arguments_are_checked():
    with pytest.raises(ValueError, match="n_points is 1"):
        taylor(np.sin, 0.0, 2).plot((0, 1), n_points=1)
    with pytest.raises(ValueError, match="cannot be drawn"):
        taylor(lambda t: t * np.eye(2), 0.0, 2).plot((0, 1))
