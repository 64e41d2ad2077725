"""Matrices: exact ones against `Fraction`, large ones against their own definitions."""

import math
from fractions import Fraction
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.job_types.calculation import CALCULATION
from worker_service.processors import JobContext, Reject
from worker_service.processors.calculation import calculation, matrices
from worker_service.processors.calculation.elimination import eliminated, rank

entries = st.integers(-99, 99) | st.decimals(-9, 9, places=2)
squares = st.integers(1, 5).flatmap(
    lambda size: st.lists(st.lists(entries, min_size=size, max_size=size), min_size=size, max_size=size)
)


def run(operation: str, **more: Any) -> dict[str, Any]:
    payload = CALCULATION.load_payload({"operation": operation, **more})
    result: dict[str, Any] = calculation(cast("JobContext", None), payload)
    return result


def determinant(matrix: list[list[Fraction]]) -> Fraction:
    if not matrix:
        return Fraction(1)
    minors = ([row[:column] + row[column + 1 :] for row in matrix[1:]] for column in range(len(matrix)))
    return sum(
        ((-1) ** column * matrix[0][column] * determinant(minor) for column, minor in enumerate(minors)), Fraction(0)
    )


def random(size: int, seed: int = 5) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(size, size))


@settings(deadline=None)
@given(squares)
def test_determinant_and_inverse_are_exact_and_a_singular_matrix_is_told(matrix: list[list[Any]]) -> None:
    exact = [[Fraction(entry) for entry in row] for row in matrix]
    expected = determinant(exact)
    found = run("determinant", matrix=matrix)
    assert float(found["determinant"]) == float(expected)
    assert found["method"] == "exact"
    if not expected:
        with pytest.raises(Reject, match="/matrix: it is singular"):
            run("inverse", matrix=matrix)
        assert run("rank", matrix=matrix)["rank"] < len(matrix)
        return
    assert run("rank", matrix=matrix)["rank"] == len(matrix)
    inverse = np.array(run("inverse", matrix=matrix)["matrix"], dtype=float)
    product = np.array(exact, dtype=float) @ inverse
    bound = np.abs(np.array(exact, dtype=float)) @ np.abs(inverse)
    assert (np.abs(product - np.eye(len(matrix))) <= 1e-14 * (bound + 1)).all()


@given(squares)
def test_a_product_with_the_inverse_of_integers_is_exactly_the_identity(matrix: list[list[Any]]) -> None:
    whole = [[int(entry) for entry in row] for row in matrix]
    identity = [[int(a == b) for b in range(len(whole))] for a in range(len(whole))]
    solved = eliminated(whole, identity)
    if solved is None:
        assert rank(whole) < len(whole)
        return
    scale, inverse = solved
    for a, row in enumerate(whole):
        for b in range(len(whole)):
            assert sum(row[k] * inverse[k][b] for k in range(len(whole))) == scale * (a == b)


def test_a_hilbert_matrix_is_solved_to_every_digit() -> None:
    size = 15
    scale = math.lcm(*range(1, 2 * size))
    matrix = [[scale // (a + b + 1) for b in range(size)] for a in range(size)]
    right = [sum(row) for row in matrix]
    found = run("solve", matrix=matrix, right=right)
    assert found["solution"] == [1] * size
    assert found["method"] == "exact"
    assert found["condition"] > 1e16


def test_decimals_count_as_they_are_written() -> None:
    singular = [[0.1, 0.3], [0.2, 0.6]]
    with pytest.raises(Reject, match="singular"):
        run("solve", matrix=singular, right=[1, 2])
    assert run("determinant", matrix=singular)["determinant"] == 0
    assert run("multiply", a=[[0.1, 0.2]], b=[[1], [1]])["matrix"] == [[0.3]]


@pytest.mark.parametrize("size", [3, 150])
def test_a_large_system_is_solved_in_doubles_with_its_condition(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrices, "MOST_EFFORT", 0.0)
    matrix = random(size)
    found = run("solve", matrix=matrix.tolist(), right=matrix.sum(axis=1).tolist())
    assert found["method"] == "lu"
    assert found["residual"] < 1e-16
    assert found["condition"] == pytest.approx(np.linalg.cond(matrix))
    assert np.abs(np.array(found["solution"]) - 1).max() < 10 ** -found["digits"]
    inverse = run("inverse", matrix=matrix.tolist())
    assert np.abs(matrix @ np.array(inverse["matrix"]) - np.eye(size)).max() < 1e-11
    assert run("rank", matrix=matrix.tolist()) == {"rank": size, "method": "svd"}
    determined = run("determinant", matrix=matrix.tolist())
    assert determined["determinant"] == pytest.approx(np.linalg.det(matrix), rel=1e-10)


def test_ill_conditioned_and_singular_ones_in_doubles_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrices, "MOST_EFFORT", 0.0)
    bad = [[1, 1], [1, 1.0000000001]]
    found = run("solve", matrix=bad, right=[2, 2.0000000001])
    assert found["digits"] < 10
    assert "only about" in found["warning"]
    with pytest.raises(Reject, match="/matrix: it is singular as far as doubles can tell"):
        run("inverse", matrix=[[1, 2], [2, 4]])


def test_an_entry_that_no_double_holds_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    huge = 10**400
    assert run("determinant", matrix=[[huge, 0], [0, 1]])["determinant"] == huge
    assert run("solve", matrix=[[huge]], right=[huge])["solution"] == [1]
    with pytest.raises(Reject, match="/matrix/0: an integer in it is beyond"):
        run("eigen", matrix=[[huge]])
    with pytest.raises(Reject, match="The result of determinant cannot be given"):
        run("determinant", matrix=[[1e300, 0], [0, 1e300]])


@pytest.mark.parametrize("symmetric", [True, False])
def test_eigenvalues_and_vectors_satisfy_their_equation(symmetric: bool) -> None:
    matrix = random(12)
    matrix = matrix + matrix.T if symmetric else matrix
    found = run("eigen", matrix=matrix.tolist(), vectors=True)
    values = np.array(found["real"]) + 1j * np.array(found["imaginary"])
    vectors = np.array(found["vectorsReal"]) + 1j * np.array(found["vectorsImaginary"])
    assert np.abs(matrix @ vectors - vectors * values).max() < 1e-13
    assert found["residual"] < 1e-14
    assert found["method"] == ("symmetric" if symmetric else "general")


def test_singular_values_and_vectors_make_up_the_matrix() -> None:
    matrix = random(9)[:5]
    found = run("svd", matrix=matrix.tolist(), vectors=True)
    made = np.array(found["left"]) * np.array(found["singularValues"]) @ np.array(found["right"])
    assert np.abs(made - matrix).max() < 1e-14
    assert found["condition"] == pytest.approx(np.linalg.cond(matrix))


def test_the_largest_matrices_are_done_within_their_time() -> None:
    matrix = random(200).round(3).tolist()
    for operation in ("determinant", "inverse", "rank", "eigen", "svd"):
        if operation == "determinant":
            continue  # of this one, beyond a double
        assert run(operation, matrix=matrix)
    assert run("solve", matrix=matrix, right=matrix[0])["residual"] < 1e-15
    assert run("multiply", a=matrix, b=matrix)["matrix"]
