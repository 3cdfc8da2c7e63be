r"""Sobol's sequence, plain and scrambled.

Point n has the coordinates :math:`\bigoplus_j g_j v_{ij}`, with g the bits of the Gray code :math:`n \oplus \lfloor n / 2
\rfloor` and :math:`v_{ij}` the direction numbers of dimension i; :math:`\oplus` adds without carrying. The scrambling is that
of J. Matousek,
"On the L2-discrepancy for anchored boxes", J. Complexity 14 (1998) 527-556: the direction numbers times a random lower
triangular matrix of bits, and a random digital shift. Every point is then uniformly distributed, and any :math:`2^m` points
from a multiple of :math:`2^m` on lie as evenly as those of the plain sequence.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_DIMENSIONS", "Sobol"]

BITS: Final = 52  # (integer + 1/2) / 2^52 is exact in float64, and never 0 or 1
MOST_DIMENSIONS: Final = 1024


@lru_cache(maxsize=1)
def _table() -> list[list[int]]:
    lines = Path(__file__).with_name("sobol_directions.txt").read_text(encoding="ascii").splitlines()
    return [[int(number) for number in line.split()] for line in lines if not line.startswith("#")]


@lru_cache(maxsize=4)
def _directions(d: int) -> NDArray[np.uint64]:
    """Direction numbers of `BITS` bits, shape (d, BITS)."""
    numbers = np.zeros((d, BITS), dtype=np.uint64)
    for i in range(d):
        if i == 0:
            m = [1] * BITS
        else:
            polynomial, *m = _table()[i - 1]
            degree = len(m)
            for k in range(degree, BITS):
                # m_k = 2 a_1 m_{k-1} + 4 a_2 m_{k-2} + ... + 2^s m_{k-s} + m_{k-s}, without carries
                new = m[k - degree]
                for power in range(1, degree + 1):
                    if polynomial >> (degree - power) & 1:
                        new ^= m[k - power] << power
                m.append(new)
        numbers[i] = [m[k] << (BITS - 1 - k) for k in range(BITS)]
    numbers.flags.writeable = False
    return numbers


class Sobol:
    """The sequence in `d` dimensions, in blocks.

    Parameters
    ----------
    d : int
        From 1 to 1024.
    rng : numpy.random.Generator or None
        Draws the scrambling; None leaves the sequence as it is.
    """

    def __init__(self, d: int, rng: np.random.Generator | None = None) -> None:
        numbers = _directions(d)
        self._shift = np.zeros(d, dtype=np.uint64)
        self._centre = 0.0
        if rng is not None:
            numbers = _scrambled(numbers, rng)
            self._shift = rng.integers(0, 1 << BITS, size=d, dtype=np.uint64)
            self._centre = 0.5
        self._numbers = numbers

    def block(self, first: int, m: int) -> NDArray[np.float64]:
        """Points `first` to `first` + 2^m - 1, shape (d, 2^m). `first` is a multiple of 2^m."""
        start = self._shift.copy()
        gray = first ^ (first >> 1)
        for j in range(gray.bit_length()):
            if gray >> j & 1:
                start ^= self._numbers[:, j]
        points = np.empty((len(start), 1 << m), dtype=np.uint64)
        points[:, 0] = start
        for j in range(m):  # the Gray code mirrors what it has, with a further bit
            half = 1 << j
            np.bitwise_xor(points[:, :half][:, ::-1], self._numbers[:, j, None], out=points[:, half : 2 * half])
        return (points.astype(np.float64) + self._centre) * 2.0**-BITS


def _scrambled(numbers: NDArray[np.uint64], rng: np.random.Generator) -> NDArray[np.uint64]:
    """The direction numbers of each dimension times a lower triangular matrix with ones on its diagonal."""
    out: Any = np.zeros_like(numbers)
    for bit in range(BITS):  # counted from the lowest: what this bit of a number adds is itself and random bits below
        column = rng.integers(0, 1 << bit, size=len(numbers), dtype=np.uint64) | np.uint64(1 << bit)
        out ^= (numbers >> np.uint64(bit) & np.uint64(1)) * column[:, None]
    return np.asarray(out)
