"""What a spreadsheet takes for a formula, and how a text is written so that none runs.

Source: https://owasp.org/www-community/attacks/CSV_Injection.
"""

import re

FORMULA = r"[=+\-@\t\r\n].*"  # of all of a text; what is a plain number, or a telephone number, is none
NUMBER = r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"

_formula, _number = re.compile(FORMULA, re.DOTALL), re.compile(NUMBER)


def harmless(text: str) -> str:
    """The text, behind an apostrophe if a spreadsheet would run it."""
    return f"'{text}" if _formula.fullmatch(text) and not _number.fullmatch(text) else text
