"""Hessians of the losses of test_derivatives.py: against formulas, and complex steps of gradients written by hand."""

import numpy as np
import pytest

from mlcore import linalg
from mlcore.calculus import grad, hessian, hvp


def complex_step_jacobian(gradient, x):
    """The derivative of a gradient written by hand, free of cancellation: the imaginary part of a step of 1e-200i."""
    columns = []
    for k in range(x.size):
        z = x.astype(complex)
        z.reshape(-1)[k] += 1e-200j
        columns.append(gradient(z).imag / 1e-200)
    return np.stack(columns, -1).reshape(x.shape + x.shape)


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10 * np.abs(expected).max())


def test_softmax_cross_entropy(rng):
    """Its Hessian is the mean of x x^T times the covariance of the classes, diag(p) - p p^T."""
    x, labels, w = rng.normal(size=(7, 4)), rng.integers(0, 3, 7), rng.normal(size=(4, 3))

    def loss(w):
        scores = x @ w
        largest = np.max(scores, axis=1, keepdims=True)
        logs = np.log(np.sum(np.exp(scores - largest), axis=1)) + largest[:, 0]
        return np.mean(logs - scores[np.arange(7), labels])

    p = np.exp(x @ w) / np.exp(x @ w).sum(1, keepdims=True)
    covariance = np.einsum("ni,ij->nij", p, np.eye(3)) - np.einsum("ni,nj->nij", p, p)
    expected = np.einsum("na,nb,nij->aibj", x, x, covariance) / 7
    close(hessian(loss)(w), expected)
    v = rng.normal(size=w.shape)
    close(hvp(loss, w, v), np.einsum("aibj,bj->ai", expected, v))


def test_softmax_does_not_overflow():
    labels = np.array([0])
    far = np.array([[1000.0, 0.0, -1000.0]])

    def loss(scores):
        largest = np.max(scores, axis=1, keepdims=True)
        return np.mean(np.log(np.sum(np.exp(scores - largest), axis=1)) + largest[:, 0] - scores[np.arange(1), labels])

    assert np.array_equal(grad(loss)(far), np.zeros((1, 3)))
    assert np.array_equal(hessian(loss)(far), np.zeros((1, 3, 1, 3)))


@pytest.mark.parametrize("layer", [0, 1])
def test_two_layer_network(layer, rng):
    """Against backpropagation by hand, for the weights of either layer."""
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    weights = [rng.normal(size=(3, 5)), rng.normal(size=(5, 2))]

    def loss(w):
        w1, w2 = (w, weights[1]) if layer == 0 else (weights[0], w)
        return np.mean((np.tanh(x @ w1) @ w2 - y) ** 2)

    def by_hand(w):
        w1, w2 = (w, weights[1]) if layer == 0 else (weights[0], w)
        hidden = np.tanh(x @ w1)
        error = 2 * (hidden @ w2 - y) / y.size
        return hidden.T @ error if layer else x.T @ ((error @ w2.T) * (1 - hidden**2))

    close(grad(loss)(weights[layer]), by_hand(weights[layer]))
    close(hessian(loss)(weights[layer]), complex_step_jacobian(by_hand, weights[layer]))


@pytest.mark.parametrize("module", [np.linalg, linalg], ids=["numpy", "mlcore"])
def test_gaussian_log_likelihood(module, rng):
    """In the mean and in a root B of the covariance B B^T + I, with `solve` and `slogdet` of either library."""
    mean, root, data = rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=(10, 3))

    def log_likelihood(mean, root):
        covariance = root @ root.T + np.eye(3)
        centred = (data - mean).T
        distances = np.sum(centred * module.solve(covariance, centred))
        return -0.5 * (distances + len(data) * module.slogdet(covariance)[1])

    def by_hand(root):
        inverse = np.linalg.inv(root @ root.T + np.eye(3))
        centred = data - mean
        return (inverse @ centred.T @ centred @ inverse - len(data) * inverse) @ root

    close(grad(log_likelihood, argnums=1)(mean, root), by_hand(root))
    close(hessian(log_likelihood)(mean, root), -len(data) * np.linalg.inv(root @ root.T + np.eye(3)))
    close(hessian(log_likelihood, argnums=1)(mean, root), complex_step_jacobian(by_hand, root))
