"""The computation graph: each adjoint is the derivative of the answer in its node, and the drawing shows every box and edge."""

import inspect
import re
from collections import namedtuple
from xml.etree import ElementTree

import numpy as np
import pytest

from mlcore import calculus, linalg
from mlcore.calculus import TracingError, grad, graph
from mlcore.calculus._check import _ridders
from mlcore.calculus._graph_layout import layout
from mlcore.calculus._reverse import Tape
from mlcore.calculus._tree import flatten, leaf_array

R = np.random.default_rng(3)
X, T = R.normal(size=(5, 3)), np.array([1.0, 0.0, 1.0, 1.0, 0.0])
SPD = X.T @ X + np.eye(3)
SVG = "{http://www.w3.org/2000/svg}"
Point = namedtuple("Point", "a b")


def product_and_sine(x, y):
    return x * y + np.sin(x)


def logistic(w, b):
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - T * z)


def network(p, x):
    h = np.tanh(p["W"][0] @ x + p["b"][0])
    return np.sum((p["W"][1] @ h + p["b"][1] - np.array([1.0, 0.0])) ** 2)


def rosenbrock(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def of_matrices(a, b):
    w, v = linalg.eigh((a + a.T) / 2)
    _, logdet = np.linalg.slogdet(a)
    return np.sum(v[0] ** 2 * w) + logdet + linalg.norm(linalg.solve(a, b)) + np.log(np.prod(w))


def scattered(x):
    return np.sum(np.diag(x) @ np.stack([x, x**2, np.flip(x)])) + np.max(x) + np.sum(x[np.array([0, 0, 2])])


PARAMETERS = {
    "W": [R.normal(size=(4, 3)), R.normal(size=(2, 4))],
    "b": (R.normal(size=4), R.normal(size=2)),
}
CASES = {
    "product_and_sine": (product_and_sine, (2.0, 3.0)),
    "logistic": (logistic, (np.array([0.1, -0.2, 0.3]), 0.5)),
    "network": (network, (PARAMETERS, np.array([1.0, 2.0, -1.0]))),
    "rosenbrock": (rosenbrock, (np.array([-1.2, 1.0]),)),
    "of_matrices": (of_matrices, (SPD, np.ones(3))),
    "scattered": (scattered, (np.array([1.0, 2.5, 2.0]),)),
    "derivative inside": (lambda x: x * grad(lambda t: np.sin(t * t))(x), (0.7,)),
}


class Nudged(Tape):
    """A tape on which one value is moved as soon as it is written; what follows is computed from it."""

    def __init__(self, place, step):
        super().__init__()
        self.place, self.step = place, step

    def _write(self, rule, parents, values, parameters, answer):
        if len(self.lines) == self.place:
            answer = answer + self.step
        return super()._write(rule, parents, values, parameters, answer)


def with_nudge(f, args, place, step):
    leaves, rebuild = flatten(args)
    tape = Nudged(place, step)
    return float(f(*rebuild([tape.variable(leaf_array(x, "x")) for x in leaves])).value)


@pytest.mark.parametrize("name", CASES)
def test_every_adjoint_is_the_derivative_in_its_node(name):
    f, args = CASES[name]
    shown = graph(f, *args)
    for node in shown.nodes:
        if isinstance(node.value, tuple):
            continue  # its items are moved
        direction = R.normal(size=np.shape(node.value))
        if np.ndim(node.value) == 2 and np.array_equal(node.value, node.value.T):
            direction = direction + direction.T  # eigh reads one triangle, for a symmetric gradient
        expected, uncertain = _ridders(lambda h, k=node.number, d=direction: with_nudge(f, args, k, h * d))
        scale = np.abs(node.adjoint * direction).sum() + 1
        assert abs(np.sum(node.adjoint * direction) - expected) <= 1e-8 * scale + 10 * uncertain, node
        assert np.shape(node.adjoint) == np.shape(node.value)


@pytest.mark.parametrize("name", CASES)
def test_inputs_have_the_gradient_to_the_bit(name):
    f, args = CASES[name]
    gradient, _ = flatten(grad(f, range(len(args)))(*args))
    inputs = graph(f, *args).inputs
    assert len(inputs) == len(gradient)
    for node, g in zip(inputs, gradient, strict=True):
        np.testing.assert_array_equal(node.adjoint, g)


@pytest.mark.parametrize("name", CASES)
def test_adjoints_of_numbers_are_the_sums_of_what_comes_back(name):
    f, args = CASES[name]
    shown = graph(f, *args)
    for node in shown.nodes:
        uses = [(user, x) for user in shown.nodes for x in user.operands if x.node == node.number]
        if node is shown.output or isinstance(node.value, tuple) or np.shape(node.value):
            continue
        if all(x.local is not None for _, x in uses):
            assert node.adjoint == pytest.approx(sum(x.local * user.adjoint for user, x in uses), rel=1e-14, abs=1e-14)


def test_a_value_used_twice():
    shown = graph(lambda x: x * x + x, 3.0)
    assert [node.adjoint for node in shown.nodes] == [7.0, 1.0, 1.0]
    assert [(x.node, x.local) for x in shown.nodes[1].operands] == [(0, 3.0), (0, 3.0)]


# ---- the table ----
def test_table():
    def loss(w, *, scale=2):
        return np.sum((X[:2] @ w)[1:] ** 2) / scale

    lines = str(graph(loss, np.array([1.0, 2.0, 0.0]), scale=4)).splitlines()
    assert [re.sub(r"\s+value .*", "", line) for line in lines] == [
        " w = input",
        "v1 = matmul(array(2, 3), w)",
        "v2 = getitem(v1, 1:)",
        "v3 = power(v2, 2)",
        "v4 = sum(v3)",
        "v5 = divide(v4, 4)",
    ]
    assert lines[-1].endswith(" 1   d/dv4 0.25")
    assert len({line.index("value") for line in lines}) == len({line.index("adjoint") for line in lines}) == 1


def test_arrays_in_few_characters():
    shown = graph(lambda x: np.sum(x) + np.sum(np.zeros(5) * x[:1]), np.array([3.0, -4.0]))
    assert "value           [3, -4]   adjoint" in str(shown)
    assert "(5,) all 0 norm 0" in str(shown)
    large = graph(lambda x: np.sum(x), np.array([0.0, 3, 0, 4, 0]))
    assert "(5,) 0..4 norm 5" in str(large)
    with_nan = graph(lambda x: np.sum(x), np.array([0.0, 3, np.nan, 4, np.inf]))
    assert "(5,) 0..inf 1 nan" in str(with_nan)
    assert "(0,)" in str(graph(lambda x: np.sum(x), np.zeros(0)))
    assert "[[1, 2], [3, 4]]" in str(graph(lambda x: np.sum(x), np.array([[1.0, 2], [3, 4]])))


def test_names_of_inputs():
    def names(f, *args, **keywords):
        return [node.name for node in graph(f, *args, **keywords).inputs]

    assert names(network, PARAMETERS, np.ones(3)) == ["p['W'][0]", "p['W'][1]", "p['b'][0]", "p['b'][1]", "x"]
    assert names(network, PARAMETERS, np.ones(3), argnums=-1) == ["x"]
    assert names(product_and_sine, 1.0, 2.0, argnums=(1, 0)) == ["y", "x"]
    assert names(lambda p: p.a * p.b, Point(1.0, 2.0)) == ["p.a", "p.b"]
    assert names(lambda x, *rest: x * rest[0] * rest[1], 1.0, 2.0, 3.0) == ["x", "rest[0]", "rest[1]"]
    assert names(np.hypot, 3.0, 4.0) in (["x1", "x2"], ["x", "y"])
    assert str(graph(lambda v1: v1 * 2, 3.0)).splitlines()[1].startswith("w1 = multiply(v1, 2)")


def test_answers_of_several_arrays():
    shown = graph(of_matrices, SPD, np.ones(3))
    whole = next(node for node in shown.nodes if node.operation == "eigh")
    first, second = (node for node in shown.nodes if node.operation == "item" and node.operands[0].node == whole.number)
    np.testing.assert_array_equal(whole.adjoint[0], first.adjoint)
    np.testing.assert_array_equal(whole.adjoint[1], second.adjoint)
    assert f"{first.name} = item({whole.name}, eigenvalues)" in str(shown)
    unused = graph(lambda a: np.sum(linalg.eigh(a)[0]), SPD)
    np.testing.assert_array_equal(unused.nodes[3].adjoint, np.zeros((3, 3)))


# ---- what does not matter, and what is not finite ----
def test_unused_values_have_adjoint_zero():
    def f(x, y, u):
        np.exp(y)
        return x + 0 * y

    shown = graph(f, 2.0, 3.0, np.ones(2))
    assert [node.operation for node in shown.nodes] == ["input"] * 3 + ["exp", "multiply", "add"]
    assert [np.sum(node.adjoint) for node in shown.nodes] == [1, 0, 0, 0, 1, 1]


def test_answers_that_are_constant_or_an_input():
    shown = graph(lambda x: 4.0, np.ones(2))
    np.testing.assert_array_equal(shown.nodes[0].adjoint, [0.0, 0.0])
    assert (shown.output.operation, shown.output.value, shown.output.adjoint) == ("constant", 4.0, 1.0)
    ElementTree.fromstring(shown.to_svg())
    same = graph(lambda x: x, np.array(3.0))  # an array of no axes
    assert same.nodes == (same.output,)
    assert same.output.adjoint == 1.0
    assert np.shape(same.output.value) == ()


def test_not_finite():
    shown = graph(lambda x, y: x * y + np.maximum(x, 0.0), np.nan, np.inf)
    assert np.isnan(shown.output.value)
    assert np.isnan(shown.nodes[1].adjoint)
    assert "value nan" in str(shown)
    assert "d/dx inf, d/dy nan" in str(shown)
    ElementTree.fromstring(shown.to_svg())
    with pytest.warns(RuntimeWarning, match="divide by zero"):  # as from grad
        root = graph(np.sqrt, 0.0)
    assert root.nodes[0].adjoint == np.inf
    assert root.nodes[1].operands[0].local == np.inf


def test_results_do_not_change():
    x = np.array([1.0, 2.0])
    shown = graph(lambda x: np.sum(x[::-1] ** 2), x)
    text = str(shown)
    x[:] = 7
    assert str(shown) == text
    with pytest.raises(ValueError, match="read-only"):
        shown.nodes[1].value[0] = 1
    with pytest.raises(AttributeError):
        shown.output = None
    with pytest.raises(TypeError):
        shown.nodes[1].parameters["key"] = 0


def test_same_call_same_text():
    first, second = (graph(network, PARAMETERS, np.ones(3)) for _ in range(2))
    assert str(first) == str(second)
    assert first.to_svg() == second.to_svg()
    assert repr(first) == f"ComputationGraph(network(p, x): 13 nodes, value {first.output.value:.6g})"


# ---- refusals ----
def test_refusals():
    with pytest.raises(ValueError, match=r"the function returned an answer of shape \(2,\); expected one number"):
        graph(lambda x: x * 2, np.ones(2))
    with pytest.raises(ValueError, match=r"answer of type tuple"):
        graph(lambda x: (x, x), 1.0)
    with pytest.raises(ValueError, match=r"the graph has 403 nodes; expected at most max_nodes=400\. Show a smaller piece"):
        graph(lambda x: sum([x] * 402), 1.0)
    assert len(graph(lambda x: sum([x] * 402), 1.0, max_nodes=403).nodes) == 403
    with pytest.raises(ValueError, match="no argument"):
        graph(lambda: 1.0)
    with pytest.raises(IndexError, match="argnums is 2"):
        graph(product_and_sine, 1.0, 2.0, argnums=2)
    with pytest.raises(TypeError, match=r"the argument kind holds .* of type str"):
        graph(lambda x, kind: x, 1.0, "a")
    assert graph(lambda x, kind: x * 2, 1.0, "a", argnums=0).output.value == 2.0
    with pytest.raises(TracingError, match="plain number"):
        graph(lambda x: float(x), 1.0)
    for f in (lambda t: graph(lambda x: x * 2, t).output.value, lambda t: graph(lambda x: x * t, 1.0).output.value):
        with pytest.raises(TracingError, match="graph met a value of another differentiation"):
            grad(f)(2.0)


# ---- the drawing ----
def parsed(shown):
    root = ElementTree.fromstring(shown.to_svg())
    width, height = (float(v) for v in root.get("viewBox").split()[2:])
    (group,) = root.findall(f"{SVG}g")
    dx, dy = (float(v) for v in re.findall(r"[\d.]+", group.get("transform")))
    boxes = []
    for node in group.findall(f"{SVG}g"):
        x, y, w, h = (float(node.find(f"{SVG}rect").get(key)) for key in ("x", "y", "width", "height"))
        boxes.append((x + dx, y + dy, w, h))
    paths = [path for path in group.findall(f"{SVG}path") if path.get("data-source") is not None]
    return root, (width, height), boxes, paths


@pytest.mark.parametrize("name", CASES)
def test_drawing_has_every_box_and_every_edge(name):
    f, args = CASES[name]
    shown = graph(f, *args)
    root, (width, height), boxes, paths = parsed(shown)
    assert root.find(f"{SVG}title").text.startswith("Computation graph of ")
    assert root.find(f"{SVG}desc").text
    assert len(boxes) == len(shown.nodes)
    edges = [(x.node, node.number) for node in shown.nodes for x in node.operands if x.node is not None]
    assert [(int(p.get("data-source")), int(p.get("data-target"))) for p in paths] == edges
    for x, y, w, h in boxes:
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height
    assert_apart(boxes)
    texts = [[t.text for t in group.iter(f"{SVG}text")] for group in root.find(f"{SVG}g").findall(f"{SVG}g")]
    for node, words in zip(shown.nodes, texts, strict=True):
        assert words[0].split(" = ")[0] == node.name
        assert words[1] == "value"
        assert words[3] == "adjoint"


def assert_apart(boxes):
    for i, (x, y, w, h) in enumerate(boxes):
        for u, v, s, t in boxes[:i]:
            assert x + w < u or u + s < x or y + h < v or v + t < y


@pytest.mark.parametrize("seed", range(12))
def test_layout_of_any_graph(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 40))
    sizes = [(float(rng.integers(50, 300)), 60.0) for _ in range(n)]
    edges = [(int(rng.integers(0, b)), b, bool(rng.integers(2))) for b in range(1, n) for _ in range(rng.integers(0, 6))]
    found = layout(sizes, edges)
    boxes = [(b.x, b.y, b.width, b.height) for b in found.boxes]
    assert_apart(boxes)
    assert min(b.y for b in found.boxes) >= 0
    assert max(b.y + b.height for b in found.boxes) <= found.height
    assert max(b.x + b.width for b in found.boxes) == found.width
    assert all(b.width >= w and b.height >= h for b, (w, h) in zip(found.boxes, sizes, strict=True))
    arrivals = set()
    for (source, target, _), route in zip(edges, found.routes, strict=True):
        first, last = found.boxes[source], found.boxes[target]
        assert route.points[0] == pytest.approx((first.x + first.width, first.y + first.height / 2))
        assert route.points[-1][0] == last.x
        assert last.y < route.points[-1][1] < last.y + last.height
        assert route.points[-1] not in arrivals  # each arrow has its own place
        arrivals.add(route.points[-1])
        xs = [x for x, _ in route.points]
        assert xs == sorted(xs)
        for (x, y), (u, v) in zip(route.points[1:-1:2], route.points[2:-1:2], strict=True):
            assert y == v  # straight across a layer, and not through a box
            assert all(b[0] + b[2] < x or u < b[0] or not b[1] < y < b[1] + b[3] for b in boxes)


def test_layers_have_few_crossings():
    """Two ladders of five steps that need not cross, given in a mixed order."""
    edges = [(i, i + 2, False) for i in range(8)] + [(0, 8, False), (1, 9, False)]
    found = layout([(80.0, 60.0)] * 10, edges)
    above = [found.boxes[i].y < found.boxes[i + 1].y for i in range(0, 10, 2)]
    assert len(set(above)) == 1


def test_text_is_escaped_and_allowed():
    def f(p):
        return p["<&\"'\x00>"] * 2

    f.__name__ = "<f>&\x01"
    shown = graph(f, {"<&\"'\x00>": 1.0})
    root, *_ = parsed(shown)
    assert root.find(f"{SVG}title").text == "Computation graph of <f>&\ufffd(p) = 2"
    page = shown._repr_html_()
    assert "<f>" not in page
    assert page.startswith("<div")
    assert shown._repr_svg_() in page


def test_saved_whole(tmp_path):
    shown = graph(product_and_sine, 2.0, 3.0)
    for name, text in (("a.svg", shown.to_svg()), ("a.txt", f"{shown}\n")):
        shown.save(tmp_path / name)
        shown.save(str(tmp_path / name))
        assert (tmp_path / name).read_text(encoding="utf-8") == text
    assert {path.name for path in tmp_path.iterdir()} == {"a.svg", "a.txt"}
    with pytest.raises(ValueError, match=r"ends in \.svg .* or \.txt"):
        shown.save(tmp_path / "a.png")
    with pytest.raises(FileNotFoundError):
        shown.save(tmp_path / "missing" / "a.svg")


def test_custom_rules_keep_their_names():
    def softplus(x):
        return np.logaddexp(0, np.asarray(x, float))

    @calculus.rule(softplus)
    def softplus(g, y, x):
        return g / (1 + np.exp(-x))

    assert graph(softplus, 0.0).output.operation == "softplus"
    primitive = calculus.antiderivative(np.cos, 0.0, 3.0)
    assert str(graph(lambda x: primitive(x), 1.0)).splitlines()[1].startswith("v1 = PiecewiseChebyshev(x)   value 0.841471")


def test_parameters_as_written():
    def f(x):
        y = np.reshape(x, (3, 4))
        return np.sum(y[..., 1:-1:2], axis=0)[0] + np.sum(y[np.array([0, 2])]) + np.sum(y[y > 3, None])

    operations = [line.split(" = ")[1].split("   ")[0].strip() for line in str(graph(f, np.arange(12.0))).splitlines()]
    shape = list(inspect.signature(np.reshape).parameters)[1]  # "newshape" before NumPy 2.1
    assert operations[1:5] == [f"reshape(x, {shape}=(3, 4))", "getitem(v1, (..., 1:-1:2))", "sum(v2, axis=0)", "getitem(v3, 0)"]
    assert operations[5] == "getitem(v1, [0, 2])"
    assert "getitem(v1, (array(3, 4), None))" in operations
