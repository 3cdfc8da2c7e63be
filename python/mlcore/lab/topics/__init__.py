"""The chapters of the lab, as a table: name on the command line, title, question, jobs.

To add one: write a file with a function `jobs(settings)` beside the others, and add its line here.
"""

from __future__ import annotations

from difflib import get_close_matches

from mlcore.lab.errors import LabError
from mlcore.lab.job import Topic
from mlcore.lab.topics import calculus, eigen, gram_schmidt, kernels, ladder, limits, linalg, matmul, pca

__all__ = ["TOPICS", "select"]

TOPICS: tuple[Topic, ...] = (
    Topic(
        "limits",
        limits.TITLE,
        "How many multiply-adds per second, and how many bytes per second, can this processor reach at best?",
        limits.jobs,
    ),
    Topic(
        "pca",
        "Principal component analysis",
        "How fast is PCA on real data, and do three ways to compute it give the same answer?",
        pca.jobs,
    ),
    Topic(
        "matmul",
        "Matrix product",
        "How near to the machine's peak does the product of two square matrices come, small and large?",
        matmul.jobs,
    ),
    Topic(
        "kernels",
        "Vector and matrix kernels",
        "How do the building blocks stand against NumPy, in cache and beyond it?",
        kernels.jobs,
    ),
    Topic(
        "gram_schmidt",
        "Gram-Schmidt",
        "What does each way to orthogonalise cost, and how much orthogonality does rounding take from it?",
        gram_schmidt.jobs,
    ),
    Topic(
        "linalg",
        "Dense linear algebra",
        "What do systems, least squares, eigenvalues and singular values cost beside LAPACK, and how exact is either side?",
        linalg.jobs,
    ),
    Topic(
        "eigen",
        "Power iteration",
        "What does the first eigenpair alone cost, and what decides how fast it is found?",
        eigen.jobs,
    ),
    Topic(
        "calculus",
        "Derivatives and integrals",
        "What do gradients and integrals cost beside their rivals', and how exact is either side?",
        calculus.jobs,
    ),
    Topic(
        "ladder",
        "The ladder",
        "What does each idea between three plain loops and the production kernel gain?",
        ladder.jobs,
    ),
)


def select(names: list[str]) -> tuple[Topic, ...]:
    """The topics with these names, in the table's order; all of them for an empty list.

    Raises
    ------
    LabError
        For a name that is not in the table.
    """
    known = [topic.name for topic in TOPICS]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            guess = f"did you mean '{near[0]}'? " if near else ""
            raise LabError(f"unknown topic '{name}': {guess}the topics are {', '.join(known)}")
    return tuple(topic for topic in TOPICS if not names or topic.name in names)
