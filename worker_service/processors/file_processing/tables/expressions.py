"""Expressions of users, from the closed set of `shared.job_types.table_expressions`, as DuckDB's own trees.

No text is ever put together: names become columns, values constants, and what is not in these tables does not exist.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from duckdb import (
    CaseExpression,
    CoalesceOperator,
    ColumnExpression,
    ConstantExpression,
    Expression,
    FunctionExpression,
)

from shared.job_types.table_expressions import parse
from worker_service.processors.file_processing.tables.naming import column

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_CASTS = {"text": "VARCHAR", "number": "DOUBLE", "date": "DATE", "timestamp": "TIMESTAMP"}
_OF_TEXTS = frozenset({"lower", "upper", "trim", "length", "contains", "starts_with", "ends_with", "replace"})


def build(text: str, columns: list[str]) -> Expression:
    """An expression over a table with these columns. Raises `Reject` for one that names others."""
    return _Builder(columns).node(parse(text))


class _Builder:
    """Goes down a tree that was checked."""

    def __init__(self, columns: list[str]) -> None:
        self._columns = columns

    def node(self, node: ast.expr) -> Expression:
        build: Callable[[Any], Expression] = getattr(self, f"_{type(node).__name__.lower()}")
        return build(node)

    def _constant(self, node: ast.Constant) -> Expression:
        return ConstantExpression(node.value)

    def _name(self, node: ast.Name) -> Expression:
        return ColumnExpression(column(node.id, self._columns))

    def _binop(self, node: ast.BinOp) -> Expression:
        answer: Expression = _BINARY[type(node.op)](self.node(node.left), self.node(node.right))
        return answer

    def _unaryop(self, node: ast.UnaryOp) -> Expression:
        operand = self.node(node.operand)
        if isinstance(node.op, ast.Not):
            return ~operand
        return -operand if isinstance(node.op, ast.USub) else operand

    def _boolop(self, node: ast.BoolOp) -> Expression:
        combine = operator.and_ if isinstance(node.op, ast.And) else operator.or_
        answer: Expression = reduce(combine, map(self.node, node.values))
        return answer

    def _ifexp(self, node: ast.IfExp) -> Expression:
        return CaseExpression(self.node(node.test), self.node(node.body)).otherwise(self.node(node.orelse))

    def _compare(self, node: ast.Compare) -> Expression:
        sides = [node.left, *node.comparators]
        pairs = zip(sides, node.ops, sides[1:], strict=False)
        answer: Expression = reduce(operator.and_, (self._pair(*pair) for pair in pairs))
        return answer

    def _pair(self, left: ast.expr, asked: ast.cmpop, right: ast.expr) -> Expression:
        value = self.node(left)
        if isinstance(asked, ast.Is | ast.IsNot):
            return value.isnull() if isinstance(asked, ast.Is) else value.isnotnull()
        if isinstance(right, ast.Tuple | ast.List):
            among = value.isin(*map(self.node, right.elts))
            return among if isinstance(asked, ast.In) else ~among
        answer: Expression = _COMPARE[type(asked)](value, self.node(right))
        return answer

    def _call(self, node: ast.Call) -> Expression:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "column":
            first = node.args[0]
            return ColumnExpression(column(str(getattr(first, "value", "")), self._columns))
        given = [self.node(argument) for argument in node.args]
        if name in _CASTS:
            return given[0].try_cast(_CASTS[name])
        if name in _OF_TEXTS:
            given = [argument.cast("VARCHAR") for argument in given]
        return CoalesceOperator(*given) if name == "coalesce" else FunctionExpression(name, *given)
