"""Which of NumPy's functions the core computes itself. All others are called in Python at every replay."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlcore.calculus._rules_elementwise import ONE_OVER_COSH_SQUARED
from mlcore.calculus._rules_index import take_item

__all__ = ["ELEMENTWISE", "NUMBERS", "OF_TRUTH", "OPERATIONS", "REDUCTIONS", "VIEWS"]

# Their numbers are those of cpp/calculus/kernels.hpp.
OPERATIONS = (
    "positive", "add", "subtract", "multiply", "divide", "negative", "absolute", "square", "reciprocal", "sqrt", "maximum",
    "minimum", "fmax", "fmin", "sign", "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "logical_and",
    "logical_or", "logical_not", "logical_xor", "isnan", "isinf", "isfinite", "where", "exp", "expm1", "log", "log1p", "sin",
    "cos", "tan", "tanh", "sinh", "cosh", "one_over_cosh_squared", "exp2", "log2", "log10", "arcsin", "arccos", "arctan",
    "arcsinh", "arccosh", "arctanh", "cbrt", "floor", "ceil", "trunc", "rint", "power", "arctan2", "hypot", "copysign", "fmod",
    "remainder", "floor_divide", "logaddexp", "logaddexp2",
)
NUMBERS = {name: i for i, name in enumerate(OPERATIONS)}
ELEMENTWISE: dict[Any, str] = {getattr(np, name): name for name in OPERATIONS if hasattr(np, name)}
ELEMENTWISE |= {ONE_OVER_COSH_SQUARED.function: "one_over_cosh_squared"}
ELEMENTWISE |= {np.fabs: "absolute", np.float_power: "power"}

# What elementwise functions are for truth values alone.
OF_TRUTH: dict[Any, str] = {np.bitwise_and: "logical_and", np.bitwise_or: "logical_or", np.bitwise_xor: "logical_xor"}
OF_TRUTH |= {np.invert: "logical_not"}
OF_TRUTH |= {np.multiply: "logical_and", np.add: "logical_or", np.maximum: "logical_or", np.minimum: "logical_and"}

REDUCTIONS = {np.sum: 0, np.prod: 1, np.max: 2, np.min: 3}

# Functions whose answer is a view of their operand, or has its elements in other places.
VIEWS = {np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.ravel, np.flip, np.rot90}
VIEWS |= {np.broadcast_to, np.roll, take_item}
