from typing import Any

import pytest

from shared.job_types.table_operations import TABLE_CHANGES, TABLE_REPORTS
from tests.worker_service.processors.file_processing.conftest import Run
from tests.worker_service.processors.file_processing.tables.conftest import Write, step
from worker_service.processors import Reject
from worker_service.processors.file_processing.tables import OPERATIONS

SHOP = b"name,price,country,unit price\npen,10,DE,1\nink,2.5,FR,2\npen,5,DE,3\ncap,,IT,4\n"
ALL = ["pen", "ink", "pen", "cap"]


def test_every_operation_of_the_contract_is_performed() -> None:
    assert set(OPERATIONS) == {*TABLE_CHANGES, *TABLE_REPORTS}


@pytest.mark.parametrize(
    ("steps", "rows"),
    [
        ([step("select", columns=["country", "name"])], "country,name DE,pen FR,ink DE,pen IT,cap"),
        ([step("rename", names={"name": "Name"}), step("select", columns=["Name"])], "Name pen ink pen cap"),
        ([step("filter", where="price >= 5"), step("select", columns=["price"])], "price 10.0 5.0"),
        ([step("sort", by=[{"column": "price"}]), step("select", columns=["price"])], "price 2.5 5.0 10.0 "),
        (
            [step("sort", by=[{"column": "name", "descending": True}]), step("select", columns=["unit price"])],
            "unit price 1 3 2 4",
        ),
        ([step("deduplicate", columns=["name"]), step("select", columns=["name"])], "name pen ink cap"),
        ([step("limit", rows=1, offset=1), step("select", columns=["name"])], "name ink"),
        (
            [step("aggregate", by=["country"], values=[{"function": "sum", "column": "price", "as": "all"}])],
            "country,all DE,15.0 FR,2.5 IT,",
        ),
        (
            [step("aggregate", values=[{"function": "count"}, {"function": "countDistinct", "column": "name"}])],
            "count,name_countDistinct 4,3",
        ),
        (
            [step("compute", column="x", value="price * 2"), step("select", columns=["x"])],
            "x 20.0 5.0 10.0 ",
        ),
        (
            [step("compute", column="name", value="upper(name)"), step("select", columns=["name"])],
            "name PEN INK PEN CAP",
        ),
    ],
    ids=lambda value: value[0]["operation"] if isinstance(value, list) else "",
)
def test_an_operation_does_what_it_says(write: Write, steps: list[dict[str, Any]], rows: str) -> None:
    assert write(SHOP, *steps).decode() == rows.replace(" ", "\n").replace("unit\n", "unit ") + "\n"


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ('name == "pen" and price > 5', ["pen"]),
        ('country in ("FR", "IT")', ["ink", "cap"]),
        ('country not in ("DE",)', ["ink", "cap"]),
        ("price is None", ["cap"]),
        ("price is not None and not price < 5", ["pen", "pen"]),
        ('column("unit price") % 2 == 0', ["ink", "cap"]),
        ("1 < price <= 5", ["ink", "pen"]),
        ('starts_with(name, "p") or contains(name, "a")', ["pen", "pen", "cap"]),
        ('(1 if name == "ink" else 2) == 1', ["ink"]),
        ("number(text(price)) == -(-5)", ["pen"]),
        ("coalesce(price, 0) == 0", ["cap"]),
        ("abs(-price) == 10 and ceil(9.5) == 10 and floor(10.5) == 10", ["pen"]),
        (
            'date("2024-02-03") == date("2024-02-03") and year(date("2024-02-03")) + month(date("2024-02-03")) == 2026',
            ALL,
        ),
        ('day(date("2024-02-03")) == 3 and timestamp("2024-02-03 04:05:06") > date("2024-02-03")', ALL),
        ('concat(name, country) == "inkFR" and length(name) == 3', ["ink"]),
        ('replace(trim(lower(" INK ")), "k", "x") == "inx" and upper("a") == "A"', ALL),
        ('ends_with(name, "p") and round(2.55, 1) > 2', ["cap"]),
    ],
)
def test_an_expression_decides_which_rows_stay(write: Write, where: str, names: list[str]) -> None:
    assert write(SHOP, step("filter", where=where), step("select", columns=["name"])).decode().split()[1:] == names


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            step("filter", where="prise > 1"),
            r"/operations/0 \(filter\): There is no column 'prise'\. Did you mean 'price'",
        ),
        (step("filter", where="name + 1 > 2"), r"/operations/0 \(filter\): No function matches"),
        (step("select", columns=["nope"]), "There is no column 'nope'"),
        (step("rename", names={"name": "PRICE"}), "Two columns would be called"),
        (step("aggregate", by=["name"], values=[{"function": "sum", "column": "country"}]), "sum takes numbers"),
    ],
)
def test_a_step_that_the_table_does_not_allow_is_told_by_its_place(run: Run, asked: dict[str, Any], told: str) -> None:
    with pytest.raises(Reject, match=told):
        run(SHOP, asked)


def test_a_table_must_be_read_before_it_is_changed(run: Run) -> None:
    with pytest.raises(Reject, match=r"/operations/1 \(readTable\): It must come before"):
        run(SHOP, step("limit", rows=1), step("readTable"))


def test_what_is_told_of_the_table_that_was_written(run: Run) -> None:
    (output,) = run(SHOP, step("filter", where="price > 2"), step("writeTable", format="parquet"))["outputs"]
    assert (output["rows"], output["columns"], output["mediaType"]) == (3, 4, "application/vnd.apache.parquet")


def test_a_profile_tells_of_each_column(run: Run) -> None:
    (report,) = run(SHOP, step("profile", top=1))["reports"]
    name, price, *_ = report["columns"]
    assert report["rows"] == 4
    assert name == {
        "name": "name",
        "type": "VARCHAR",
        "nulls": 0,
        "distinct": 3,
        "min": "cap",
        "max": "pen",
        "top": [{"value": "pen", "count": 2}],
    }
    assert (price["type"], price["nulls"], price["min"], price["max"], price["mean"]) == (
        "DOUBLE",
        1,
        2.5,
        10.0,
        17.5 / 3,
    )
    assert {"q": 0.5, "value": 5.0} in price["quantiles"]
