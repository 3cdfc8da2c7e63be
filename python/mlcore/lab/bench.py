"""Run one case: first make sure that the results agree, then time them in turns."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlcore.lab.case import Agreement, Case, Rival
from mlcore.lab.limits import MachineLimits
from mlcore.lab.results import Bound, Comparison
from mlcore.lab.settings import Settings
from mlcore.lab.threads import equal
from mlcore.lab.timing import interleave, quartiles

__all__ = ["Bench"]


@dataclass(frozen=True, slots=True)
class Bench:
    """Settings and the measured limits: all that a comparison needs."""

    settings: Settings
    limits: tuple[MachineLimits, ...]

    def limits_with(self, threads: int) -> MachineLimits:
        """The limits as measured with `threads` threads."""
        return next(limits for limits in self.limits if limits.threads == threads)

    def limit(self, bound: Bound, dtype: str, threads: int) -> float:
        """The limit that `bound` names, in flop/s or bytes/s, as measured with `threads` threads."""
        limits = self.limits_with(threads)
        if bound == "fma":
            return limits.fma_peak[dtype]
        return {"read": limits.read, "update": limits.update, "triad": limits.triad}[bound]

    def compare(self, topic: str, case: Case) -> list[Comparison]:
        """Compare mlcore with every rival of `case`, with each number of threads.

        A rival whose result differs by more than the case's tolerance is not timed, for speed is no answer to a
        wrong result; it is reported as a disagreement.
        """
        rows: list[Comparison] = []
        for threads in self.settings.compared_threads:
            with equal(threads):
                rows += self._compare(topic, case, threads)
        return rows

    def _compare(self, topic: str, case: Case, threads: int) -> list[Comparison]:
        agreement = case.agreement()
        agreeing = [i for i, found in enumerate(agreement) if found.holds]
        times: dict[int, NDArray[np.float64]] = {}
        mine = np.array([math.nan])
        if agreeing:
            measured = interleave(
                [case.ours, *(case.rivals[i].call for i in agreeing)],
                budget=self.settings.budget * (1 + len(agreeing)) / 2,
                threads=threads,
                least=self.settings.least_rounds,
            )
            mine, times = measured[0], dict(zip(agreeing, measured[1:], strict=True))
        return [
            self._row(topic, case, threads, rival, found, mine, times.get(i, mine * math.nan))
            for i, (rival, found) in enumerate(zip(case.rivals, agreement, strict=True))
        ]

    def _row(
        self,
        topic: str,
        case: Case,
        threads: int,
        rival: Rival,
        found: Agreement,
        mine: NDArray[np.float64],
        theirs: NDArray[np.float64],
    ) -> Comparison:
        low, ratio, high = quartiles(theirs / mine)
        seconds, rival_seconds = float(np.median(mine)), float(np.median(theirs))
        share = rival_share = None
        if case.bound is not None:
            work = case.flops if case.bound == "fma" else case.bytes
            limit = self.limit(case.bound, case.dtype, threads)
            share, rival_share = work / seconds / limit, work / rival_seconds / limit
        return Comparison(
            topic=topic,
            operation=case.operation,
            size=case.size,
            n=case.n,
            dtype=case.dtype,
            threads=threads,
            rival=rival.name,
            seconds=seconds,
            rival_seconds=rival_seconds,
            ratio=ratio,
            ratio_low=low,
            ratio_high=high,
            rounds=len(mine),
            flops=case.flops,
            bytes=case.bytes,
            bound=case.bound,
            share=share,
            rival_share=rival_share,
            difference=found.difference,
            tolerance=found.tolerance,
            accuracy=found.accuracy,
            rival_accuracy=found.rival_accuracy,
            rival_wider=rival.wider,
        )
