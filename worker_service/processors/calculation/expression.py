"""`expression`: a formula with variables, evaluated by a walk over its syntax tree, within limits.

simpleeval does the walking, with its operators and functions replaced by those of `formulas.py`. What it never gets to
see: attributes, subscripts, calls of anything but a name, strings, and trees that are too large or too deep.
"""

import ast
import warnings
from decimal import Decimal
from fractions import Fraction
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from worker_service.processors import JobContext, Reject
from worker_service.processors.calculation.exact import rounded
from worker_service.processors.calculation.formulas import FUNCTIONS, OPERATORS, Refused, chosen
from worker_service.processors.calculation.table import Operation

MAX_NODES = 200
MAX_DEPTH = 32
MAX_WORK = 200_000  # nodes times elements

ALLOWED = (
    ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp, ast.Call, ast.Name, ast.Load, ast.Constant,
    ast.operator, ast.unaryop, ast.cmpop,
)  # fmt: skip


def expression(_: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The value, or a list of values. Raises `Reject` that says what is wrong with the expression."""
    tree = _parsed(payload["expression"])
    variables = {name: _read(value) for name, value in payload["variables"].items()}
    _check_names(tree, variables)
    _check_work(tree, variables)
    evaluator = SimpleEval(operators=OPERATORS, functions=FUNCTIONS, names=variables)
    evaluator.nodes[ast.IfExp] = lambda node: _one_branch(evaluator, node)
    try:
        return {"value": _write(evaluator.eval(payload["expression"], previously_parsed=tree))}
    except Refused as error:
        raise Reject(f"/expression: {error}") from error
    except InvalidExpression as error:
        raise Reject(f"/expression: {str(error)[:200]}") from error
    except ZeroDivisionError as error:
        raise Reject("/expression: it divides by 0.") from error
    except (ArithmeticError, TypeError, ValueError) as error:
        raise Reject(f"/expression: it cannot be computed: {str(error)[:200]}.") from error


def _one_branch(evaluator: SimpleEval, node: ast.IfExp) -> Any:  # noqa: ANN401 - a number or a list
    """simpleeval would take any list for true."""
    evaluate = evaluator._eval  # noqa: SLF001 - what its own nodes call
    return evaluate(node.body if chosen(evaluate(node.test)) else node.orelse)


def _parsed(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Reject("/expression: it cannot be read; write it as in 2 * (x + 1).") from error
    _check(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = _exact(node.value)
    return tree


def _check(tree: ast.expr) -> None:
    level: list[ast.AST] = [tree]
    nodes, depth = 0, 0
    while level:
        nodes, depth = nodes + len(level), depth + 1
        if nodes > 2 * MAX_NODES or depth > MAX_DEPTH:  # each operator is a node of Python's, too
            raise Reject(f"/expression: it is too large: {MAX_NODES} parts, {MAX_DEPTH} levels are allowed.")
        for node in level:
            _check_node(node)
        level = [child for node in level for child in ast.iter_child_nodes(node)]


def _check_node(node: ast.AST) -> None:
    if not isinstance(node, ALLOWED):
        raise Reject(f"/expression: {type(node).__name__} is not allowed.")
    if isinstance(node, ast.Call) and (node.keywords or not isinstance(node.func, ast.Name)):
        raise Reject("/expression: only the functions that are documented can be called, without keywords.")
    if isinstance(node, ast.operator | ast.unaryop | ast.cmpop) and type(node) not in OPERATORS:
        raise Reject(f"/expression: the operator {type(node).__name__} is not allowed.")
    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        raise Reject("/expression: compare two values at a time.")
    if isinstance(node, ast.Constant) and type(node.value) not in {int, float, bool}:
        raise Reject("/expression: only numbers are allowed as constants.")


def _check_names(tree: ast.expr, variables: dict[str, Any]) -> None:
    """simpleeval would take a function for a value."""
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in (FUNCTIONS if node in called else variables):
            raise Reject(f"/expression: there is no {'function' if node in called else 'variable'} {node.id[:64]!r}.")


def _check_work(tree: ast.expr, variables: dict[str, Any]) -> None:
    lengths = {len(value) for value in variables.values() if isinstance(value, list)}
    if len(lengths) > 1:
        raise Reject(f"/variables: the lists must have one length; they have {', '.join(map(str, sorted(lengths)))}.")
    if max(lengths, default=1) * sum(1 for _ in ast.walk(tree)) > MAX_WORK:
        raise Reject(f"/expression: its parts times the elements of the lists exceed {MAX_WORK:,}.")


def _exact(value: Any) -> Any:  # noqa: ANN401 - a number
    """A decimal counts as it was written."""
    if isinstance(value, float):
        if value != value or abs(value) == float("inf"):  # noqa: PLR0124 - NaN
            raise Reject("/expression: a number in it is beyond 1.8e308.")
        return Fraction(repr(value))
    return value


def _read(value: Any) -> Any:  # noqa: ANN401 - a number or a list
    if isinstance(value, list):
        return [_read(item) for item in value]
    return Fraction(value) if isinstance(value, Decimal) else value


def _write(value: Any) -> Any:  # noqa: ANN401 - a number or a list
    if isinstance(value, list):
        return [_write(item) for item in value]
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return rounded(value, 1, all_integers=True)
    return rounded(*value.as_integer_ratio(), all_integers=False)


OPERATIONS: dict[str, Operation] = {"expression": expression}
