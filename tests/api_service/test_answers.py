from aiohttp.test_utils import make_mocked_request

from api_service.answers import answer_cacheable


def etag(body: bytes) -> str:
    return answer_cacheable(make_mocked_request("GET", "/"), body).headers["ETag"]


def status(if_none_match: str) -> int:
    request = make_mocked_request("GET", "/", headers={"If-None-Match": if_none_match})
    return answer_cacheable(request, b"{}").status


def test_the_etag_is_strong_and_depends_on_the_body_alone() -> None:
    assert etag(b"{}") == etag(b"{}") != etag(b"[]")
    assert etag(b"{}").startswith('"')


def test_a_caller_who_has_the_body_gets_it_no_second_time() -> None:
    tag = etag(b"{}")
    assert status(tag) == 304
    assert status(f'"other", {tag}') == 304
    assert status(f"W/{tag}") == 304  # If-None-Match compares weakly (RFC 9110, section 13.1.2)
    assert status("*") == 304


def test_a_caller_who_has_another_body_gets_this_one() -> None:
    assert status('"other"') == 200
    assert status("nonsense") == 200
