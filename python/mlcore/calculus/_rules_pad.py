"""Padding by more than copies and zeros: constants, ramps, means, and reflections with the opposite sign.

All are linear in the array, apart from a constant, and work on one axis after another. Along one the new elements are a
matrix, NumPy's answer for the unit vectors, times the old ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mlcore.calculus._rules import composed
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import Traced, plain_of, shape_of

_copies = RULES[np.pad]


@composed(np.pad)
def _pad(array: Any, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Any:
    values = keywords.get("constant_values", keywords.get("end_values", 0))
    plain = not isinstance(values, Traced)
    shape, kind = shape_of(array), np.result_type(plain_of(array))
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(i, pad_width.get(i - len(shape), (0, 0))) for i in range(len(shape))]
        pad_width = [(w, w) if np.ndim(w) == 0 else w for w in pad_width]
    if mode == "constant" and plain and np.any(values):
        return np.pad(array, pad_width) + np.pad(np.zeros(shape, kind), pad_width, constant_values=values)
    odd = mode in ("reflect", "symmetric") and keywords.get("reflect_type") == "odd"
    if not odd and not (mode in ("linear_ramp", "mean") and plain):
        return _copies(array, pad_width, mode, **{name: x for name, x in keywords.items() if name != "reflect_type"})
    affine = np.pad(np.zeros(shape, kind), pad_width, mode, **keywords) if np.any(values) else 0.0
    keywords.pop("end_values", None)
    for axis, (before, after) in enumerate(np.broadcast_to(pad_width, (len(shape), 2)).tolist()):
        n = shape[axis]
        stat_length = keywords.get("stat_length")
        own = dict(keywords)
        if stat_length is not None:
            lengths = np.broadcast_to(stat_length, (len(shape), 2))[axis]
            own["stat_length"] = (tuple(lengths.tolist()), (1, 1))
        unit = np.pad(np.eye(n, dtype=kind), ((before, after), (0, 0)), mode, **own)
        array = np.moveaxis(array, axis, -1)
        ends = [np.matmul(array, unit[:before].T), array, np.matmul(array, unit[before + n :].T)]
        array = np.moveaxis(np.concatenate(ends, -1), -1, axis)
    return array + affine
