"""Eigenvalues and singular values, by LAPACK in doubles."""

from typing import Any

import numpy as np

from worker_service.processors import JobContext, Reject
from worker_service.processors.calculation.doubles import Matrix, condition_of, matrix_of, shown
from worker_service.processors.calculation.table import Operation


def eigen(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Eigenvalues, and eigenvectors as columns if asked for. `residual` is |A V - V D| / |A|, Frobenius norms.

    Of a symmetric matrix by divide and conquer (LAPACK syevd), in increasing order and accurate to eps |A|; of others
    by the QR algorithm (geev). LAPACK Users' Guide, 3rd edition, SIAM 1999, sections 4.7 and 4.8.
    """
    matrix = matrix_of(payload["matrix"], "/matrix")
    is_symmetric = np.array_equal(matrix, matrix.T)
    try:
        values, vectors = np.linalg.eigh(matrix) if is_symmetric else np.linalg.eig(matrix)
    except np.linalg.LinAlgError as error:
        raise Reject(f"/matrix: its eigenvalues were not found: {error}.") from error
    found = {
        "real": shown(values.real),
        "imaginary": shown(values.imag),
        "method": "symmetric" if is_symmetric else "general",
        "residual": _relative(matrix @ vectors - vectors * values, matrix),
    }
    if payload["vectors"]:
        found |= {"vectorsReal": shown(vectors.real), "vectorsImaginary": shown(vectors.imag)}
    return found


def svd(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Singular values, the largest first, each accurate to eps times the largest (LAPACK gesdd), and the vectors."""
    matrix = matrix_of(payload["matrix"], "/matrix")
    try:
        left, values, right = np.linalg.svd(matrix, full_matrices=False)
    except np.linalg.LinAlgError as error:
        raise Reject(f"/matrix: its singular values were not found: {error}.") from error
    found = {
        "singularValues": shown(values),
        "residual": _relative(matrix - (left * values) @ right, matrix),
        **(condition_of(float(values[0] / values[-1])) if values[-1] else {}),
    }
    return found | ({"left": shown(left), "right": shown(right)} if payload["vectors"] else {})


def _relative(difference: Matrix, matrix: Matrix) -> float:
    size = float(np.linalg.norm(matrix))
    return float(np.linalg.norm(difference)) / size if size else 0.0


_quiet = np.errstate(all="ignore")  # what is not finite is refused when it is written

OPERATIONS: dict[str, Operation] = {"eigen": _quiet(eigen), "svd": _quiet(svd)}
