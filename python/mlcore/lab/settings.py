"""What a run is to do, decided before it starts and the same for every topic."""

from __future__ import annotations

from dataclasses import dataclass

from mlcore.lab.dataset import Dataset

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run measures.

    Attributes
    ----------
    data : Dataset
        The table for the principal component analysis.
    threads : tuple of int
        The thread counts to compare with, `(1,)` or `(1, all)`.
    quick : bool
        Fewer sizes, float64 only, all threads only, fewer rounds: a look, not a measurement.
    large : bool
        More sizes, up to those of which a single call takes seconds. Not with `quick`.
    last_level_cache : int
        Bytes of the machine's largest cache, to know what lies beyond it.
    seed : int
        Of the random inputs.
    """

    data: Dataset
    threads: tuple[int, ...]
    quick: bool = False
    large: bool = False
    last_level_cache: int = 32 << 20
    seed: int = 20240607

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The types compared."""
        return ("float64",) if self.quick else ("float64", "float32")

    @property
    def compared_threads(self) -> tuple[int, ...]:
        """The thread counts each case is run with."""
        return self.threads[-1:] if self.quick else self.threads

    @property
    def budget(self) -> float:
        """Seconds that one comparison may take, roughly."""
        return 0.06 if self.quick else 0.2

    @property
    def least_rounds(self) -> int:
        """Rounds that a comparison takes even if they exceed the budget."""
        return 3 if self.quick else 7

    @property
    def limits_budget(self) -> float:
        """Seconds to measure the limits of one number of threads in, roughly."""
        return 0.5 if self.quick else 1.0

    @property
    def beyond_cache(self) -> int:
        """Bytes that are sure to be read from memory, and still fit into it: 4 caches (2 if quick), at most 512 MiB."""
        return min((2 if self.quick else 4) * self.last_level_cache, 512 << 20)

    def streams(self, size: int) -> bool:
        """Whether `size` bytes of operands come from memory each time, and not from a cache."""
        return size >= 1.5 * self.last_level_cache

    def sizes(self, usual: tuple[int, ...], quick: tuple[int, ...], large: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """The sizes of this run: one of the three; without `large` a large run has the usual ones."""
        return quick if self.quick else large if self.large and large is not None else usual

    def points(
        self, usual: tuple[int, ...], quick: tuple[int, ...], large: tuple[int, ...], *, float32: tuple[int, ...] = ()
    ) -> list[tuple[int, str]]:
        """The sizes of this run, each with its types: a usual run has float32 at those given alone, for the sake of time."""
        return [
            (n, dtype)
            for n in self.sizes(usual, quick, large)
            for dtype in self.dtypes
            if dtype == "float64" or self.large or n in float32
        ]
