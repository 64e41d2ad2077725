"""Columns by their names, as the caller writes them."""

from collections.abc import Sequence
from difflib import get_close_matches

from worker_service.processors import Reject

SHOWN = 20


def column(name: str, columns: Sequence[str]) -> str:
    """The column of that name. Raises `Reject`, and says what there is."""
    if name in columns:
        return name
    near = get_close_matches(name, columns, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    more = ", ..." if len(columns) > SHOWN else ""
    raise Reject(f"There is no column {name!r}.{hint} There are: {', '.join(map(repr, columns[:SHOWN]))}{more}.")


def refuse_doubles(names: Sequence[str]) -> None:
    """Raises `Reject` for two columns that DuckDB, which does not look at ASCII case, could not tell apart."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other != name or names.count(name) > 1:
            raise Reject(f"Two columns would be called {name!r}" + (f" and {other!r}." if other != name else "."))
