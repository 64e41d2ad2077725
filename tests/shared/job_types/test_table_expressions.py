import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from marshmallow import ValidationError

from shared.job_types.table_expressions import MAX_LENGTH, parse
from shared.job_types.table_operations import TABLE_CHANGES

TAKEN = (ast.expr, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('id')",
        "a.b",
        "a[0]",
        "[x for x in a]",
        "lambda: 1",
        "f'{a}'",
        "(a := 1)",
        "a ** b",
        "a // b",
        "a << 1",
        "~a",
        "b'x'",
        "1j",
        "1e999",
        "...",
        "{1: 2}",
        "read_text('/etc/passwd')",
        "lower(a, b)",
        "lower(x=a)",
        "lower(*a)",
        "column(a)",
        "a in b",
        "a is b",
        "a == (1, 2)",
        "a in ()",
        "a in (b, 1)",
        "a; b",
        "a = 1",
        "",
        " ",
        "(" * 500,
        "-" * 1_000 + "1",
        "not " * 40 + "a",
        " + ".join(["a"] * 150),
        "a" * (MAX_LENGTH + 1),
        "1" * 39,
        "'\\ud800'",
        "a\0b",
    ],
)
def test_what_is_not_of_the_closed_set_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)


def test_a_wrong_expression_is_told_by_its_field_and_place() -> None:
    with pytest.raises(ValidationError) as caught:
        TABLE_CHANGES["filter"]().load({"operation": "filter", "where": "a > b.c"})
    assert caught.value.messages == {"where": ["At character 5: Attribute is not allowed."]}


@given(st.text(max_size=60))
@example("\\\n")
@example("'\\z' is 1")
def test_whatever_comes_is_taken_or_refused(text: str) -> None:
    try:
        tree = parse(text)
    except ValueError:
        return
    assert all(isinstance(node, TAKEN) for node in ast.walk(tree))
