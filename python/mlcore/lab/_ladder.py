"""The ladders: from three plain loops to the production kernel, one idea at a time.

The steps are the files of ``cpp/ladder``, whose README tells the story; here they are found by name.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Literal

from mlcore.lab._ladder_steps import LADDERS, Step

__all__ = ["LadderTopic", "Step", "ladder", "steps"]

LadderTopic = Literal["matmul", "gram_schmidt", "qr", "cholesky", "lu", "eigh", "power_iteration"]


def steps(topic: LadderTopic) -> tuple[Step, ...]:
    """The steps of a ladder, from the plainest to the production kernel.

    Parameters
    ----------
    topic : {"matmul", "gram_schmidt", "qr", "cholesky", "lu", "eigh", "power_iteration"}

    Returns
    -------
    tuple of Step

    Raises
    ------
    ValueError
        If there is no such ladder.

    See Also
    --------
    ladder : One step by its name.

    Examples
    --------
    >>> from mlcore import lab
    >>> for step in lab.steps("power_iteration"):
    ...     print(f"{step.name:10}  {step.idea}")
    naive       the product A x by its definition
    vectorised  as many sums as lanes
    rows        eight rows share each load of x
    threaded    production: rows are shared out among threads
    """
    if topic not in LADDERS:
        raise ValueError(f"there is no ladder {topic!r}{_near(topic, LADDERS)}; expected one of {_list(LADDERS)}.")
    return LADDERS[topic]


def ladder(topic: LadderTopic, step: str) -> Step:
    """One step of a ladder, to be called.

    Parameters
    ----------
    topic : {"matmul", "gram_schmidt", "qr", "cholesky", "lu", "eigh", "power_iteration"}
    step : str
        Its name; see `steps`.

    Returns
    -------
    Step
        Callable: ``ladder("matmul", step)(A, B)`` is the product, ``ladder("cholesky", step)(A)`` is L; `Step` says what
        the others take and return.

    Raises
    ------
    ValueError
        If there is no such ladder or no such step; the message names those there are. When called: if the shapes do not
        fit.
    TypeError
        When called: for complex, half-precision, object or text arrays.
    numpy.linalg.LinAlgError
        When called: in ``gram_schmidt``, if a column depends on those before it; in ``cholesky``, if `A` is not positive
        definite; in ``eigh``, if the iteration does not converge; for NaN and infinity in all of these and ``qr``.

    See Also
    --------
    steps : All steps of a ladder.

    Examples
    --------
    >>> from mlcore import lab
    >>> A, B = [[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]]
    >>> step = lab.ladder("matmul", "tiled")
    >>> step(A, B)
    array([[2., 1.],
           [4., 3.]])
    >>> step.idea
    'a tile of B stays in cache for all rows of A'
    >>> step.flops(2, 2, 2), step.bytes(2, 2, 2)
    (16.0, 96.0)
    """
    named = {each.name: each for each in steps(topic)}
    if step not in named:
        near = _near(step, named)
        raise ValueError(f"the ladder {topic!r} has no step {step!r}{near}; expected one of {_list(named)}.")
    return named[step]


def _near(name: object, known: dict[str, Any]) -> str:
    near = get_close_matches(str(name), known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _list(known: dict[str, Any]) -> str:
    return ", ".join(repr(name) for name in known)
