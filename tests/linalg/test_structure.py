"""trace, diagonal, matrix_transpose: parity with NumPy."""

import numpy as np
import pytest

from mlcore import linalg

from ..strategies import LAYOUTS, in_layout


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (5, 2), (0, 3), (2, 3, 4), (2, 0, 3, 3)])
def test_like_numpy(layout, shape, dtype, rng):
    plain = rng.normal(size=shape).astype(dtype)
    x = in_layout(plain, layout)
    np.testing.assert_array_equal(linalg.matrix_transpose(x), np.matrix_transpose(plain))
    for offset in (-2, -1, 0, 1, 7):
        np.testing.assert_array_equal(linalg.diagonal(x, offset=offset), np.linalg.diagonal(plain, offset=offset))
        value = linalg.trace(x, offset=offset)
        assert value.dtype == dtype
        np.testing.assert_allclose(value, np.linalg.trace(plain, offset=offset), rtol=1e-6)


def test_views():
    x = np.arange(9.0).reshape(3, 3)
    assert np.shares_memory(linalg.diagonal(x), x)
    assert not linalg.diagonal(x).flags.writeable
    assert np.shares_memory(linalg.matrix_transpose(x), x)


def test_types():
    assert linalg.trace([[1, 2], [3, 4]]) == 5.0
    assert linalg.trace(np.eye(3, dtype=np.float32), dtype=np.float64).dtype == np.float64


@pytest.mark.parametrize("function", [linalg.trace, linalg.diagonal, linalg.matrix_transpose])
@pytest.mark.parametrize("x", [1.0, [1.0, 2.0]])
def test_refused(function, x):
    with pytest.raises(ValueError, match=r"x has shape \(.*\); expected a matrix"):
        function(x)
