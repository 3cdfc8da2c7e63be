"""Every public function that decomposes a square matrix, or solves with one, as a call of that matrix alone.

They are grouped by what they do with NaN and infinity, which each documents.
"""

import numpy as np

from mlcore import linalg


def right_hand_side(a):
    return np.ones(np.shape(a)[-1], np.asarray(a).dtype)


def well(a):
    """A positive definite matrix of a's size and type, for the functions that take `a` as a right-hand side."""
    n = np.shape(a)[-1]
    return (n * np.eye(n) + np.ones((n, n))).astype(np.asarray(a).dtype)


# NaN and infinity are a LinAlgError.
REFUSING = {
    "eig": linalg.eig,
    "eigvals": linalg.eigvals,
    "schur": linalg.schur,
    "hessenberg": linalg.hessenberg,
    "svd": linalg.svd,
    "svd, reduced": lambda a: linalg.svd(a[..., :1], full_matrices=False) + linalg.svd(a, full_matrices=False),
    "svdvals": linalg.svdvals,
    "svd_topk": lambda a: linalg.svd_topk(a, min(1, len(a))),
    "randomized_svd": lambda a: linalg.randomized_svd(a, min(1, len(a)), rng=0),
    "qr": linalg.qr,
    "qr, R alone": lambda a: linalg.qr(a, mode="r"),
    "qr, raw": lambda a: linalg.qr(a, mode="raw"),
    "lstsq": lambda a: linalg.lstsq(a, right_hand_side(a)),
    "lstsq of more rows": lambda a: linalg.lstsq(np.concatenate([a, a]), np.ones(2 * len(a), a.dtype)),
    "lstsq of fewer rows": lambda a: linalg.lstsq(np.concatenate([a, a], axis=1), right_hand_side(a)),
    "right-hand side of lstsq": lambda a: linalg.lstsq(well(a), a),
    "pinv": linalg.pinv,
    "matrix_rank": linalg.matrix_rank,
    "polar": linalg.polar,
    "polar, left": lambda a: linalg.polar(a, side="left"),
    "null_space": linalg.null_space,
    "orth": linalg.orth,
    "projector": linalg.projector,
    "QR factor": lambda a: linalg.factor(a, "qr").inv(),
}

# The same, but of the lower triangle alone; the upper one is not read.
LOWER_TRIANGLE = {
    "eigh": linalg.eigh,
    "eigvalsh": linalg.eigvalsh,
    "svd, hermitian": lambda a: linalg.svd(a, hermitian=True),
    "pinv, hermitian": lambda a: linalg.pinv(a, hermitian=True),
    "matrix_rank, hermitian": lambda a: linalg.matrix_rank(a, hermitian=True),
}

# NaN gives NaN; infinity follows the arithmetic.
ARITHMETIC = {
    "solve": lambda a: linalg.solve(a, right_hand_side(a)),
    "right-hand side of solve": lambda a: linalg.solve(well(a), a),
    "inv": linalg.inv,
    "det": linalg.det,
    "slogdet": linalg.slogdet,
    "lu": linalg.lu,
    "LU factor": lambda a: (linalg.factor(a).det(), linalg.factor(a).slogdet(), linalg.factor(a).condition_estimate()),
    "right-hand side of a factor": lambda a: linalg.factor(well(a)).solve(a),
}

# Numbers that tell of NaN and infinity, in the order None, NaN, infinity.
NUMBERS = {
    "norm": (linalg.norm, np.nan, np.inf),
    "norm 2": (lambda a: linalg.norm(a, 2), np.nan, np.inf),
    "norm -2": (lambda a: linalg.norm(a, -2), np.nan, np.nan),
    "norm 1": (lambda a: linalg.norm(a, 1), np.nan, np.inf),
    "norm inf": (lambda a: linalg.norm(a, np.inf), np.nan, np.inf),
    "nuclear norm": (lambda a: linalg.norm(a, "nuc"), np.nan, np.inf),
    "cond": (linalg.cond, np.nan, np.nan),
    "cond -2": (lambda a: linalg.cond(a, -2), np.nan, np.nan),
    "cond 1": (lambda a: linalg.cond(a, 1), np.nan, np.nan),
    "cond fro": (lambda a: linalg.cond(a, "fro"), np.nan, np.nan),
}
