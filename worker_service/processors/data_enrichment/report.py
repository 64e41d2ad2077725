"""How the rules fare: counts, and the first failures of a file. It is small, whatever the number of records."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shared.job_types.data_enrichment_result import MAX_FAILURES
from worker_service.processors.data_enrichment.rule import Rule

ABSENT = frozenset({"missing", "empty"})


class State(msgspec.Struct):
    """All that the loop over the records knows: how far it is, and the report so far. It fits into JSON."""

    read: int = 0  # records of the source, the unreadable ones, too
    written: int = 0
    problems: dict[str, dict[str, int]] = {}  # by rule and code
    failures: list[dict[str, Any]] = []

    def count(self, enriched: Mapping[str, Any]) -> None:
        """Count a record that was enriched."""
        for problem in enriched["problems"]:
            self._fail(problem["as"], problem)
        self.read += 1
        self.written += 1

    def count_unreadable(self, message: str) -> None:
        """Count one that could not even be read."""
        self._keep({"code": "unreadable", "message": message})
        self.read += 1

    def report(self, rules: Sequence[Rule]) -> list[dict[str, Any]]:
        """One entry for each rule."""
        return [self._of(rule) for rule in rules]

    def _fail(self, name: str, problem: Mapping[str, Any]) -> None:
        codes = self.problems.setdefault(name, {})
        codes[problem["code"]] = codes.get(problem["code"], 0) + 1
        if problem["code"] not in ABSENT:
            self._keep(problem)

    def _keep(self, problem: Mapping[str, Any]) -> None:
        if len(self.failures) < MAX_FAILURES:
            self.failures.append({"record": self.read, **problem})

    def _of(self, rule: Rule) -> dict[str, Any]:
        codes = dict(sorted(self.problems.get(rule.name, {}).items()))
        absent = sum(count for code, count in codes.items() if code in ABSENT)
        invalid = sum(codes.values()) - absent
        filled = self.written - absent - invalid
        return {**rule.reference, "filled": filled, "absent": absent, "invalid": invalid, "problems": codes}
