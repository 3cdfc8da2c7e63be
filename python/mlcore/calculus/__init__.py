"""Derivatives of functions written with plain NumPy, integrals with an error, and pictures of losses."""

from mlcore.calculus import (  # noqa: F401, I001  # each adds its rules to the table
    _rules_builtins,
    _rules_elementwise,
    _rules_interpolation,
    _rules_least_squares,
    _rules_linalg,
    _rules_polynomials,
    _rules_products,
    _rules_quantiles,
    _rules_reductions,
    _rules_selection,
    _rules_shape,
    _rules_statistics,
    _rules_pad,  # adds to the rule of _rules_shape
    _rules_ufuncs,  # looks for the functions of those above
    _rules_mlcore,  # takes pullbacks from those above
    _rules_series,
    _rules_series_arrays,
)
from mlcore.calculus._antiderivative import antiderivative
from mlcore.calculus._check import check_grads
from mlcore.calculus._compile import RecordingError, compile
from mlcore.calculus._critical_points import CriticalPoint, Inertia, critical_point
from mlcore.calculus._cubature import CubatureResult, integrate_nd
from mlcore.calculus._directions import GradientField, derivative, directional_derivative, gradient_field, partial
from mlcore.calculus._gradients import grad, hessian, hvp, jacobian, value_and_grad
from mlcore.calculus._graph import ComputationGraph, graph
from mlcore.calculus._graph_nodes import GraphNode
from mlcore.calculus._hessian_spectrum import HessianSpectrum, hessian_spectrum
from mlcore.calculus._integrate import IntegrationResult, integrate
from mlcore.calculus._landscape import LossLandscape, loss_landscape
from mlcore.calculus._landscape_display import LossLandscapeDisplay
from mlcore.calculus._modes import jvp, vjp
from mlcore.calculus._monte_carlo import MonteCarloResult, monte_carlo
from mlcore.calculus._piecewise import Extremum, PiecewiseChebyshev
from mlcore.calculus._rules import rule
from mlcore.calculus._taylor import taylor
from mlcore.calculus._taylor_display import TaylorDisplay
from mlcore.calculus._taylor_polynomial import TaylorPolynomial
from mlcore.calculus._trace import TracingError

__all__ = [
    "ComputationGraph",
    "CriticalPoint",
    "CubatureResult",
    "Extremum",
    "GradientField",
    "GraphNode",
    "HessianSpectrum",
    "Inertia",
    "IntegrationResult",
    "LossLandscape",
    "LossLandscapeDisplay",
    "MonteCarloResult",
    "PiecewiseChebyshev",
    "RecordingError",
    "TaylorDisplay",
    "TaylorPolynomial",
    "TracingError",
    "antiderivative",
    "check_grads",
    "compile",
    "critical_point",
    "derivative",
    "directional_derivative",
    "grad",
    "gradient_field",
    "graph",
    "hessian",
    "hessian_spectrum",
    "hvp",
    "integrate",
    "integrate_nd",
    "jacobian",
    "jvp",
    "loss_landscape",
    "monte_carlo",
    "partial",
    "rule",
    "taylor",
    "value_and_grad",
    "vjp",
]
