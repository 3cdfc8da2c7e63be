"""Derivatives and integrals beside their rivals: time, and next to each ratio how exact both results are."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec

from mlcore.lab.job import Job
from mlcore.lab.results import Note
from mlcore.lab.settings import Settings
from mlcore.lab.topics import calculus_hard, cubature, gradients, integrals

__all__ = ["jobs"]

IN_WORDS = (
    "A gradient by mlcore costs a few calls of the function and some microseconds of Python for each operation in it; a "
    "gradient written by hand has no such cost, and is what a derivation with pencil and paper buys. Integrals are asked for "
    "with the same relative tolerance on both sides; 'quad' is given a function of one number, written with Python's math."
)


def jobs(settings: Settings) -> list[Job]:
    """The chapters one after the other."""
    notes = [Job("notes", lambda bench: [Note("calculus", " ".join([IN_WORDS, *_peers()]))])]
    return gradients.jobs(settings) + integrals.jobs(settings) + calculus_hard.jobs() + notes


def _peers() -> Iterator[str]:
    """What is said of those that not every machine has."""
    if find_spec("autograd") is None:
        yield "Not compared: autograd, which is not installed (pip install autograd)."
    else:
        yield f"autograd is version {version('autograd')}."
    if not cubature.available():
        yield "Not compared: integrals in several dimensions, which SciPy's cubature computes from version 1.15 on."
