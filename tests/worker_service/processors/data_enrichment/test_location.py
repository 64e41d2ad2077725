import os
from pathlib import Path
from typing import Any

import pytest

from shared.files import FileStore
from tests.worker_service.processors.data_enrichment.databases import GOOGLE, mmdb
from worker_service.processors import JobContext, Reject
from worker_service.processors.data_enrichment.location import location, with_database
from worker_service.processors.data_enrichment.value import Unusable

DATABASE = mmdb({"8.8.8.0/24": GOOGLE, "1.1.1.0/25": {"country": "AU", "asn": "AS13335", "as_name": "Cloudflare"}})


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore((tmp_path / "files").as_uri())


def _job(files: FileStore, **configured: str) -> JobContext:
    return JobContext("j", "data-enrichment", 1, files, configured=configured)


@pytest.fixture(params=["uploaded", "of the worker"])
def options(request: pytest.FixtureRequest, files: FileStore, tmp_path: Path) -> Any:
    if request.param == "uploaded":
        return with_database(_job(files), {"database": files.save(DATABASE, "application/octet-stream").file_id})
    (tmp_path / "city.mmdb").write_bytes(DATABASE)
    return with_database(_job(files, geoip=str(tmp_path / "city.mmdb")), {})


def test_an_address_is_looked_up(options: Any) -> None:
    assert location("::ffff:8.8.8.8", options) == {
        "normalized": "8.8.8.8",
        "network": "8.8.8.0/24",
        "country": "US",
        "region": "California",
        "city": "Mountain View",
        "postalCode": "94043",
        "latitude": 37.4,
        "longitude": -122.1,
        "timeZone": "America/Los_Angeles",
        "asn": 15169,
        "organization": "GOOGLE",
    }


def test_other_databases_have_flat_names_and_less(options: Any) -> None:
    added = location("1.1.1.1", options)
    assert (added["country"], added["asn"], added["organization"]) == ("AU", 13335, "Cloudflare")
    assert (added["city"], added["network"]) == (None, "1.1.1.0/25")


@pytest.mark.parametrize(("address", "code"), [("9.9.9.9", "unknown"), ("2001:db8::1", "unknown"), ("x", "invalid")])
def test_what_the_database_has_not_is_refused(options: Any, address: str, code: str) -> None:
    with pytest.raises(Unusable) as refused:
        location(address, options)
    assert refused.value.code == code


def test_without_a_database_the_job_is_rejected(files: FileStore) -> None:
    with pytest.raises(Reject, match=r"give options\.database, or have the worker's operator set DMPS_GEOIP"):
        with_database(_job(files), {})


def test_a_file_that_is_no_database_rejects_the_job(files: FileStore, tmp_path: Path) -> None:
    for content in (b"", b"not a database", DATABASE[: len(DATABASE) // 2]):
        with pytest.raises(Reject, match=r"options\.database: this file is not a MaxMind database"):
            with_database(_job(files), {"database": files.save(content, "text/plain").file_id})
    with pytest.raises(Reject, match=r"options\.database: .*no file"):
        with_database(_job(files), {"database": "01932c5e-7a3b-7c4d-8e5f-0123456789ab"})
    with pytest.raises(Reject, match="DMPS_GEOIP"):
        with_database(_job(files, geoip=str(tmp_path / "none.mmdb")), {})


def test_a_database_that_was_replaced_is_read_again(files: FileStore, tmp_path: Path) -> None:
    path = tmp_path / "city.mmdb"
    for number, country in enumerate(("DE", "FR")):
        new = tmp_path / country
        new.write_bytes(mmdb({"8.8.8.0/24": {"country": country}}))
        new.replace(path)
        path_time = (number + 1) * 10**9
        os.utime(path, ns=(path_time, path_time))
        assert location("8.8.8.8", with_database(_job(files, geoip=str(path)), {}))["country"] == country
