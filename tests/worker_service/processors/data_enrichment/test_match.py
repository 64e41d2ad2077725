from pathlib import Path
from typing import Any

import pytest

from shared.files import FileStore
from worker_service.processors import JobContext, Reject
from worker_service.processors.data_enrichment import match as module
from worker_service.processors.data_enrichment.match import match, with_table
from worker_service.processors.data_enrichment.value import Unusable

TABLE = b"id,name\n1,Deutsche Bahn AG\n2,Deutsche Bank AG\n3,SNCF\n4,\xc3\x96BB\n"


@pytest.fixture
def ready(tmp_path: Path) -> Any:
    def prepared(content: bytes = TABLE, **options: Any) -> Any:
        files = FileStore(tmp_path.as_uri())
        table = files.save(content, "text/csv").file_id
        return with_table(JobContext("j", "data-enrichment", 1, files), {"table": table, "column": "name", **options})

    return prepared


def test_the_row_that_is_spelt_most_nearly_so_is_found(ready: Any) -> None:
    added = match("Deutche Bahn A.G.", ready(minimum=60))
    assert added["normalized"] == "Deutsche Bahn AG"
    assert added["row"] == {"id": "1", "name": "Deutsche Bahn AG"}
    assert 85 <= added["score"] < 100
    assert added["runnerUp"]["value"] == "Deutsche Bank AG"
    assert added["runnerUp"]["score"] < added["score"]


@pytest.mark.parametrize("written", ["sncf", "SNCF!", "öbb", "BAHN AG deutsche"])
def test_case_punctuation_and_the_order_of_words_make_no_difference(ready: Any, written: str) -> None:
    assert match(written, ready())["score"] == 100


def test_nothing_is_found_below_the_minimum(ready: Any) -> None:
    for options, written in (({}, "Amtrak"), ({"minimum": 100}, "Deutsche Bahn"), ({}, "!?")):
        with pytest.raises(Unusable) as refused:
            match(written, ready(**options))
        assert refused.value.code == "unknown"


def test_rows_without_a_text_in_the_column_are_passed_over(ready: Any) -> None:
    table = b'{"name":1}\n{"other":"a"}\n{"name":"SNCF"}\n'
    assert match("SNCF", ready(table))["row"] == {"name": "SNCF"}


def test_the_first_column_is_looked_in_unless_another_is_named(ready: Any) -> None:
    assert match("2", ready(column=None))["row"]["name"] == "Deutsche Bank AG"


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (TABLE, {"column": "zip"}, r"options\.column: the table has no text in a column 'zip'"),
        (b"name\n", {}, r"options\.column: the table has no text"),
        (b"name,id\nx\n", {}, r"options\.table: row 0 cannot be read: The row has 1 values"),
        (b"", {}, r"options\.table: A CSV file begins"),
    ],
)
def test_a_table_that_cannot_be_used_rejects_the_job(ready: Any, content: bytes, options: Any, message: str) -> None:
    with pytest.raises(Reject, match=message):
        ready(content, **options)


def test_a_table_is_bounded(ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 3)
    with pytest.raises(Reject, match="more than 3 rows"):
        ready()
