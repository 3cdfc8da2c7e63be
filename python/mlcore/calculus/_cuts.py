"""Pieces of an interval, what is known of a function there, and where a piece is cut: at jumps and around kinks."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mlcore.calculus._piecewise import half_width
from mlcore.calculus._sampler import Sampler

__all__ = ["Look", "Piece", "cut", "even"]

_Ends: TypeAlias = tuple[float, float, float, float]  # l, r, first and last of a piece
# A jump is found when it is between neighbouring floats, or within this share of its piece, as around zero.
_GAP: Final = 2.0**-60


class Piece(NamedTuple):
    """A piece [l, r], the floats between which the function is sampled, next to a jump not the break itself, and all samples in
    it so far: what is accepted agrees with them."""

    l: float
    r: float
    first: float
    last: float
    x: NDArray[np.float64]
    y: NDArray[np.float64]


class Look:
    """The function, and what it said in a piece."""

    def __init__(self, sample: Sampler, piece: Piece) -> None:
        self._sample, self._x, self._y = sample, [piece.x], [piece.y]

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        y = self._sample(x)
        self._x.append(x)
        self._y.append(y)
        return y

    def seen(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.concatenate(self._x), np.concatenate(self._y)


def even(l: float, r: float, count: int) -> NDArray[np.float64]:
    s = np.linspace(0, 1, count)
    return l * (1 - s) + r * s


def cut(look: Look, piece: Piece, little: float, narrow: float) -> list[Piece]:
    """Pieces: cut at a jump or around a kink if there is one, else in the middle. `little` is an integral that does not matter;
    a kink is enclosed to within `narrow`."""
    ends = _jump(look, piece, little) or _kink(look, piece, narrow)
    if ends is None:
        middle = piece.l / 2 + piece.r / 2
        ends = [(piece.l, middle, piece.first, middle), (middle, piece.r, middle, piece.last)]
    x, y = look.seen()
    parts = []
    for l, r, first, last in ends:
        inside = (first <= x) & (x <= last)
        parts.append(Piece(l, r, first, last, x[inside], y[inside]))
    return parts


def _jump(look: Look, piece: Piece, little: float) -> list[_Ends] | None:
    """The parts beside a jump: where the largest difference of neighbouring samples does not shrink with their distance."""
    l, r = piece.first, piece.last
    size = 0.0
    for level in range(40):
        x = np.clip(even(l, r, 33 if level == 0 else 9), l, r)
        y = look(x)
        if level == 0:
            x, y = look.seen()
        x, places = np.unique(x, return_index=True)
        if len(x) < 2:
            break
        steps = np.abs(np.diff(y[places] / 2))
        i = int(np.argmax(steps))
        if level == 0:
            size = float(steps[i])
        if size == 0 or steps[i] < size / 2:
            break
        l, r = float(x[i]), float(x[i + 1])
        small = r - l <= _GAP * (piece.r - piece.l) and steps[i] * half_width(l, r) <= little
        if small or r <= np.nextafter(l, np.inf):
            right = max(r, float(np.nextafter(piece.l, np.inf)))
            if right < piece.r:
                return [(piece.l, right, piece.first, l), (right, piece.r, right, piece.last)]
            break
    return None


def _kink(look: Look, piece: Piece, narrow: float) -> list[_Ends] | None:
    """The parts beside and around a place where the slope jumps, enclosed to within `narrow`: second differences shrink there
    with the step, elsewhere with its square."""
    l, r = piece.first, piece.last
    sizes: list[float] = []
    for level in range(40):
        x = np.clip(even(l, r, 33 if level == 0 else 9), l, r)
        bends = np.abs(np.diff(look(x) / 4, 2))
        i = int(np.argmax(bends))
        sizes.append(float(bends[i]))
        if sizes[-1] == 0 or (level > 1 and sizes[-1] < sizes[-3] / 40):
            return None
        l, r = float(x[i]), float(x[i + 2])
        if r - l <= narrow:
            if level > 2 and piece.l < l < r < piece.r:
                return [(piece.l, l, piece.first, l), (l, r, l, r), (r, piece.r, r, piece.last)]
            return None
    return None
