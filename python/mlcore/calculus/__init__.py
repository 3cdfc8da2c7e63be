"""Derivatives of functions written with plain NumPy."""

from mlcore.calculus import _rules_elementwise, _rules_linalg, _rules_products, _rules_reductions, _rules_shape  # noqa: F401
from mlcore.calculus._check import check_grads
from mlcore.calculus._compile import RecordingError, compile
from mlcore.calculus._directions import GradientField, derivative, directional_derivative, gradient_field, partial
from mlcore.calculus._gradients import grad, hessian, hvp, jacobian, value_and_grad
from mlcore.calculus._modes import jvp, vjp
from mlcore.calculus._rules import rule
from mlcore.calculus._trace import TracingError

__all__ = [
    "GradientField",
    "RecordingError",
    "TracingError",
    "check_grads",
    "compile",
    "derivative",
    "directional_derivative",
    "grad",
    "gradient_field",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "partial",
    "rule",
    "value_and_grad",
    "vjp",
]
