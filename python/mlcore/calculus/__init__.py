"""Derivatives of functions written with plain NumPy, integrals with an error, and pictures of losses."""

# Where to start reading, and the way from there:
#
# derivatives      _trace.py (values under differentiation), _reverse.py, _forward.py (the two modes), _modes.py, _gradients.py
# their rules      _rules.py (how one is made), _rules_*.py (the tables), _table.py, _derivative_rule.py
# power series     _series.py (Taylor mode), _rules_series*.py, _taylor*.py
# compile          _compile.py (which tells the steps), _recording.py, _translation.py, _plan.py
# graphs           _graph.py, _graph_of_tape.py, _graph_svg.py
# integrals        _integrate.py, _antiderivative.py; in several dimensions _cubature.py, _monte_carlo.py
# losses           _landscape.py, _hessian_spectrum.py, _critical_points.py

from mlcore.calculus import (  # noqa: F401, I001  # each adds its rules to the table
    _rules_builtins,
    _rules_elementwise,
    _rules_index,
    _rules_join,
    _rules_linalg,
    _rules_norms,
    _rules_interpolation,
    _rules_least_squares,
    _rules_polynomials,
    _rules_products,
    _rules_quantiles,
    _rules_reductions,
    _rules_reshape,
    _rules_selection,
    _rules_statistics,
    _rules_pad,  # adds to the rule of _rules_join
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
from mlcore.calculus._gradients import grad, hvp, value_and_grad
from mlcore.calculus._graph import ComputationGraph, graph
from mlcore.calculus._graph_nodes import GraphNode
from mlcore.calculus._hessian_spectrum import HessianSpectrum, hessian_spectrum
from mlcore.calculus._integrate import IntegrationResult, integrate
from mlcore.calculus._jacobians import hessian, jacobian
from mlcore.calculus._landscape import LossLandscape, loss_landscape
from mlcore.calculus._landscape_display import LossLandscapeDisplay
from mlcore.calculus._modes import jvp, vjp
from mlcore.calculus._monte_carlo import MonteCarloResult, monte_carlo
from mlcore.calculus._piecewise import Extremum, PiecewiseChebyshev
from mlcore.calculus._rules import rule
from mlcore.calculus._taylor import taylor
from mlcore.calculus._taylor_display import TaylorDisplay
from mlcore.calculus._taylor_polynomial import TaylorPolynomial
from mlcore.calculus._refusals import TracingError

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
