"""loss_landscape: the grid against the loss itself, directions against their definitions, projections against least squares."""

import matplotlib
import numpy as np
import pytest

from mlcore.calculus import LossLandscapeDisplay, grad, hessian, loss_landscape

matplotlib.use("Agg")
EPS = np.finfo(float).eps


def rosenbrock(p):
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


def parameters(seed=0):
    draw = np.random.default_rng(seed)
    return {"w": draw.normal(size=(3, 4)), "b": draw.normal(size=3), "v": (draw.normal(size=(2, 3, 2)), 0.5)}


def loss(p):
    return np.sum(np.tanh(p["w"]) ** 2) + np.sum(p["b"] ** 4) + np.sum(p["v"][0] ** 2) * p["v"][1]


def moved(p, a, d):
    return {
        "w": p["w"] + a * d["w"],
        "b": p["b"] + a * d["b"],
        "v": (p["v"][0] + a * d["v"][0], p["v"][1] + a * d["v"][1]),
    }


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_a_plane_of_rosenbrock():
    found = loss_landscape(rosenbrock, np.ones(2), directions=np.eye(2), span=((-2, 1), (-1, 3)), resolution=(7, 9))
    assert found.values.shape == (7, 9)
    assert found.kind == "given"
    assert found.center_value == 0
    for i, a in enumerate(found.coordinates[0]):
        for j, b in enumerate(found.coordinates[1]):
            assert found.values[i, j] == rosenbrock(np.array([1 + a, 1 + b]))
            np.testing.assert_array_equal(found.point(a, b), [1 + a, 1 + b])


def test_a_line_in_a_structure():
    p, d = parameters(), parameters(1)
    found = loss_landscape(loss, p, directions=[d], span=0.5, resolution=5)
    expected = [loss(moved(p, a, d)) for a in found.coordinates[0]]
    np.testing.assert_array_equal(found.values, expected)
    assert found.values[2] == found.center_value == loss(p)
    np.testing.assert_array_equal(found.center["v"][0], p["v"][0])


@pytest.mark.parametrize("axis", [0, -1])
def test_filters_have_the_parameters_norms(axis):
    p = parameters()
    found = loss_landscape(loss, p, filter_axis=axis, resolution=2, rng=3)
    for d in found.directions:
        for x, y in ((p["w"], d["w"]), (p["v"][0], d["v"][0])):
            axes = tuple(i for i in range(x.ndim) if i != axis % x.ndim)
            norms = np.sqrt(np.sum(x**2, axis=axes))
            np.testing.assert_allclose(np.sqrt(np.sum(y**2, axis=axes)), norms, rtol=20 * EPS)
        assert not d["b"].any()
        assert d["v"][1] == 0
    again = loss_landscape(loss, p, filter_axis=axis, resolution=2, rng=3)
    np.testing.assert_array_equal(again.values, found.values)


def test_layers_biases_and_no_normalisation():
    p = parameters()
    layer = loss_landscape(loss, p, normalize="layer", biases="scaled", dimensions=1, resolution=2, rng=0).directions[0]
    for x, y in ((p["w"], layer["w"]), (p["b"], layer["b"]), (p["v"][0], layer["v"][0]), (p["v"][1], layer["v"][1])):
        np.testing.assert_allclose(np.sqrt(np.sum(y**2)), np.sqrt(np.sum(x**2)), rtol=20 * EPS)
    plain = loss_landscape(loss, p, normalize=None, dimensions=1, resolution=2, rng=0)
    squares = sum(np.sum(np.square(x)) for x in (*[plain.directions[0][k] for k in "wb"], *plain.directions[0]["v"]))
    assert squares == pytest.approx(1, rel=20 * EPS)


def test_a_vector_is_one_filter_and_directions_are_orthogonal():
    found = loss_landscape(rosenbrock, [3.0, 4.0], resolution=2, rng=1)
    first, second = found.directions
    assert np.linalg.norm(first) == pytest.approx(5, rel=8 * EPS)
    assert np.linalg.norm(second) == pytest.approx(5, rel=8 * EPS)
    assert abs(first @ second) < 25 * 8 * EPS


def test_zero_filters_stay_and_zero_parameters_are_refused():
    w = np.array([[0.0, 0.0], [1.0, 2.0]])
    (d,) = loss_landscape(lambda w: np.sum(w), w, dimensions=1, resolution=2, rng=0).directions
    assert not d[0].any()
    assert d[1].any()
    with pytest.raises(ValueError, match="normalize=None"):
        loss_landscape(np.sum, np.zeros(3), rng=0)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_scales(scale):
    w = scale * np.array([[1.0, 2.0], [3.0, 4.0]])
    (d,) = loss_landscape(lambda w: 0.0, w, dimensions=1, resolution=2, rng=0).directions
    np.testing.assert_allclose(np.linalg.norm(d / scale, axis=1), np.sqrt([5, 25]), rtol=20 * EPS)


def test_hessian_directions():
    x = np.array([1.0, 1.0])
    found = loss_landscape(rosenbrock, x, directions="hessian", resolution=3)
    H = hessian(rosenbrock)(x)
    for w, v in zip(found.eigenvalues, found.directions, strict=True):
        assert np.linalg.norm(H @ v - w * v) < 8 * EPS * np.linalg.norm(H)
    assert found.eigenvalues[0] > found.eigenvalues[1] > 0


def test_trajectory_is_projected_by_least_squares():
    p = parameters()
    d, e = parameters(1), parameters(2)
    inside = moved(moved(p, 0.3, d), -0.7, e)
    off = parameters(4)
    found = loss_landscape(loss, p, directions=[d, e], trajectory=[p, inside, off], resolution=2)

    def flat(t):
        return np.concatenate([t["w"].ravel(), t["b"], t["v"][0].ravel(), [t["v"][1]]])

    D = np.stack([flat(d), flat(e)], axis=1)
    step = flat(off) - flat(p)
    expected = np.linalg.lstsq(D, step, rcond=None)[0]
    np.testing.assert_allclose(found.trajectory, [[0, 0], [0.3, -0.7], expected], atol=100 * EPS)
    share = np.sum((D @ expected) ** 2) / np.sum(step**2)
    np.testing.assert_allclose(found.trajectory_explained, [1, 1, share], rtol=100 * EPS)
    assert 0 < found.explained < 1
    np.testing.assert_allclose(found.trajectory_values, [loss(p), loss(inside), loss(off)], rtol=20 * EPS)
    assert all(axis[0] <= found.trajectory[:, i].min() for i, axis in enumerate(found.coordinates))


def test_directions_of_a_trajectory_explain_most():
    x = np.array([-1.2, 1.0, 0.5])
    points = [x]
    for _ in range(50):
        x = x - 1e-3 * grad(lambda p: rosenbrock(p) + p[2] ** 2)(x)
        points.append(x)
    found = loss_landscape(
        lambda p: rosenbrock(p) + p[2] ** 2, x, directions="trajectory", trajectory=points, resolution=3
    )
    _, s, _ = np.linalg.svd(np.array(points) - x)
    assert found.explained == pytest.approx(np.sum(s[:2] ** 2) / np.sum(s**2), rel=1e-12)
    with pytest.raises(ValueError, match="dimensions=1"):
        loss_landscape(rosenbrock, [0.0, 0.0], directions="trajectory", trajectory=[[1.0, 1.0], [2.0, 2.0]])


@pytest.mark.parametrize(
    ("span", "ends"),
    [
        (2.0, [(-2, 2), (-2, 2)]),
        (np.array(2.0), [(-2, 2), (-2, 2)]),
        ((0, 1), [(0, 1), (0, 1)]),
        (np.array([[0, 1], [2, 3]]), [(0, 1), (2, 3)]),
        (((-1, 3), 2.0), [(-1, 3), (-2, 2)]),
    ],
)
def test_spans(span, ends):
    found = loss_landscape(np.sum, np.ones(2), span=span, resolution=2, rng=0)
    assert [tuple(c) for c in found.coordinates] == ends


def test_values_that_are_not_finite_are_kept():
    found = loss_landscape(lambda x: np.log(x[0]) + 1 / x[1], [1.0, 1.0], directions=np.eye(2), resolution=3, span=2.0)
    assert np.isnan(found.values[0]).all()
    np.testing.assert_allclose(found.values[2], np.log(3) + np.array([-1, 1, 1 / 3]))
    infinite = loss_landscape(lambda x: 1 / x[0], [1.0], directions=[[1.0]], resolution=3)
    assert infinite.values[0] == np.inf


def test_single_precision_and_inputs():
    p = {"w": np.ones((2, 2), np.float32)}
    seen = []

    def f(p):
        seen.append(p["w"].dtype)
        p["w"][:] = 0
        return np.float32(1)

    loss_landscape(f, p, resolution=2, rng=0)
    assert set(seen) == {np.dtype(np.float32)}
    assert (p["w"] == 1).all()


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"directions": "newton"}, "directions is 'newton'"),
        ({"directions": []}, "directions holds 0"),
        ({"directions": None}, "directions is None"),
        ({"directions": [[1.0, 2.0], [2.0, 4.0]]}, "parallel"),
        ({"directions": [[1.0, 2.0, 3.0]]}, "expected an array of shape"),
        ({"directions": [[np.nan, 1.0]]}, "NaN"),
        ({"directions": [[0.0, 0.0]]}, "zero"),
        ({"directions": "trajectory"}, "trajectory="),
        ({"dimensions": 3}, "dimensions is 3"),
        ({"normalize": "rows"}, "normalize is 'rows'"),
        ({"biases": "no"}, "biases is 'no'"),
        ({"span": -1.0}, "span is -1.0"),
        ({"span": (2.0, 1.0)}, "low < high"),
        ({"span": np.nan}, "span is nan"),
        ({"span": [(0, 1)]}, "span is"),
        ({"span": "wide"}, "span is 'wide'"),
        ({"span": 1e308}, "span is 1e"),
        ({"span": ((0, 1), (0, 1, 2))}, "span is"),
        ({"resolution": 1}, "resolution is 1"),
        ({"resolution": (3, 3, 3)}, "resolution is"),
        ({"trajectory": []}, "trajectory is empty"),
    ],
)
def test_refused(keywords, message):
    with pytest.raises(ValueError, match=message):
        loss_landscape(rosenbrock, [1.0, 1.0], **{"rng": 0, **keywords})


def test_refused_losses_and_parameters():
    with pytest.raises(ValueError, match="one number"):
        loss_landscape(lambda x: x, [1.0, 1.0], rng=0)
    with pytest.raises(TypeError, match="real number"):
        loss_landscape(lambda x: 1j, [1.0, 1.0], rng=0)
    with pytest.raises(ZeroDivisionError):
        loss_landscape(lambda x: 1 // 0, [1.0, 1.0], rng=0)
    for bad in ([np.nan], [], {}):
        with pytest.raises(ValueError, match="parameters"):
            loss_landscape(np.sum, bad, rng=0)
    with pytest.raises(ValueError, match="filter_axis"):
        loss_landscape(np.sum, np.ones((2, 2)), filter_axis=5)


@pytest.mark.parametrize("style", ["contour", "surface"])
@pytest.mark.parametrize("scale", ["auto", "linear", "log"])
@pytest.mark.parametrize("f", [rosenbrock, lambda p: -(p[0] ** 2), lambda p: 3.0, lambda p: np.log(p[0])])
def test_planes_are_drawn(style, scale, f):
    path = [[0.0, 0.0], [0.5, 0.2]]
    found = loss_landscape(f, [1.0, 1.0], directions=np.eye(2), resolution=9, trajectory=path)
    display = found.plot(style=style, scale=scale)
    display.figure_.canvas.draw()
    assert display.ax_.get_xlabel() == "along direction 1"
    assert "100.0% of the trajectory" in display.ax_.get_title()
    if style == "contour" and f is rosenbrock and scale == "auto":
        levels = display.artist_.levels
        np.testing.assert_allclose(np.diff(np.log(levels)), np.log(levels[1] / levels[0]), rtol=1e-9)


def test_lines_are_drawn():
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    display = LossLandscapeDisplay.from_loss(
        lambda p: np.log(p[0]) ** 2, [1.0, 1.0], directions=[[1.0, 0.0]], span=2.0, plot={"ax": ax, "title": "a line"}
    )
    display.figure_.canvas.draw()
    assert display.ax_ is ax
    assert ax.get_title() == "a line"
    with pytest.raises(ValueError, match="style is 'contour'"):
        display.plot(style="contour")
    nothing = loss_landscape(lambda p: np.nan, [1.0], dimensions=1, rng=0)
    with pytest.raises(ValueError, match="finite"):
        nothing.plot()
