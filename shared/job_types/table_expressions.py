"""The expressions of table operations: Python's own grammar, of which only a closed set is taken.

Columns by name, or `column("unit price")` where the name is no word; numbers, texts, True, False, None; comparisons,
`in`, `is None`, and / or / not, + - * / %, `a if b else c`, and a few functions. Nothing here is ever run: the worker
translates the tree, node by node (at most 200 nodes, 32 deep, 2 KB).
"""

import ast
import math
import warnings
from collections.abc import Callable, Mapping

MAX_LENGTH = 2_000  # characters
MAX_NODES = 200
MAX_DEPTH = 32
MAX_DIGITS = 38  # of a whole number: what 128 bits hold

FUNCTIONS: Mapping[str, tuple[int, int]] = {  # how many arguments they take
    "abs": (1, 1),
    "ceil": (1, 1),
    "coalesce": (1, 20),
    "column": (1, 1),
    "concat": (1, 20),
    "contains": (2, 2),
    "date": (1, 1),
    "day": (1, 1),
    "ends_with": (2, 2),
    "floor": (1, 1),
    "length": (1, 1),
    "lower": (1, 1),
    "month": (1, 1),
    "number": (1, 1),
    "replace": (3, 3),
    "round": (1, 2),
    "starts_with": (2, 2),
    "text": (1, 1),
    "timestamp": (1, 1),
    "trim": (1, 1),
    "upper": (1, 1),
    "year": (1, 1),
}
BINARY = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod)
UNARY = (ast.Not, ast.USub, ast.UAdd)


def parse(text: str) -> ast.expr:
    """The expression, a tree of nothing but the closed set. Raises `ValueError`, which says what is wrong where."""
    if not text.strip() or len(text) > MAX_LENGTH:
        raise ValueError(f"Must have 1 to {MAX_LENGTH:,} characters.")
    tree = _tree(text.strip())
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise ValueError(f"Must have at most {MAX_NODES} parts.")
    _check(tree, MAX_DEPTH)
    return tree


def _tree(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"Is no expression: {error.msg}, at character {error.offset or 0}.") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ValueError("Is no expression that can be read.") from error


def _check(node: ast.expr, depth: int) -> None:
    if not depth:
        raise ValueError(f"Must be at most {MAX_DEPTH} deep.")
    check = _CHECKS.get(type(node))
    if check is None:
        raise _refused(node, f"{type(node).__name__} is not allowed")
    check(node)
    for part in _parts(node):
        _check(part, depth - 1)


def _parts(node: ast.expr) -> list[ast.expr]:
    """What is to be checked below a node: the name of a function is no column."""
    parts = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    return [part for part in parts if isinstance(part, ast.expr)]


def _constant(node: ast.Constant) -> None:
    value = node.value
    if not isinstance(value, bool | int | float | str | None):
        raise _refused(node, "such a value is not allowed")
    if isinstance(value, float) and not math.isfinite(value):
        raise _refused(node, "the number is too large")
    if isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        raise _refused(node, f"a whole number may have {MAX_DIGITS} digits")
    if isinstance(value, str) and not value.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in value):
        raise _refused(node, "the text is no Unicode")


def _call(node: ast.Call) -> None:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in FUNCTIONS or node.keywords:
        raise _refused(node, f"only these functions are known: {', '.join(FUNCTIONS)}")
    fewest, most = FUNCTIONS[name]
    if not fewest <= len(node.args) <= most:
        many = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        raise _refused(node, f"{name} takes {many}")
    if name == "column" and not is_text(node.args[0]):
        raise _refused(node, "column takes a name in quotes")


def _compare(node: ast.Compare) -> None:
    for asked, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(asked, ast.Is | ast.IsNot) and not (isinstance(right, ast.Constant) and right.value is None):
            raise _refused(node, "`is` compares with None alone")
        if isinstance(asked, ast.In | ast.NotIn) != isinstance(right, ast.Tuple | ast.List):
            raise _refused(node, "`in`, and nothing else, takes a list")


def _sequence(node: ast.Tuple | ast.List) -> None:
    if not node.elts or not all(isinstance(element, ast.Constant) or _is_negative(element) for element in node.elts):
        raise _refused(node, "a list holds values, at least one")


def _is_negative(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant)


def is_text(node: ast.expr) -> bool:
    """Whether it is a text that was written down."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _binary(node: ast.BinOp) -> None:
    if not isinstance(node.op, BINARY):
        raise _refused(node, f"the operator {type(node.op).__name__} is not allowed")


def _unary(node: ast.UnaryOp) -> None:
    if not isinstance(node.op, UNARY):
        raise _refused(node, f"the operator {type(node.op).__name__} is not allowed")


def _fine(_: ast.expr) -> None:
    """Nothing to check but the parts."""


def _refused(node: ast.expr, why: str) -> ValueError:
    return ValueError(f"At character {node.col_offset + 1}: {why}.")


_CHECKS: Mapping[type[ast.expr], Callable[..., None]] = {
    ast.Constant: _constant,
    ast.Name: _fine,
    ast.Call: _call,
    ast.Compare: _compare,
    ast.Tuple: _sequence,
    ast.List: _sequence,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _fine,
    ast.IfExp: _fine,
}
