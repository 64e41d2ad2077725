import pytest

from worker_service.processors.data_enrichment.user_agent import user_agent
from worker_service.processors.data_enrichment.value import Unusable

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
)
PIXEL = CHROME.replace("Windows NT 10.0; Win64; x64", "Linux; Android 14; Pixel 8").replace("Safari", "Mobile Safari")
IPAD = "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1"  # noqa: E501 - as it is sent
GALAXY_TAB = (
    "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.mark.parametrize(
    ("header", "normalized", "type"),
    [
        (CHROME, "Chrome 120 on Windows 10", "desktop"),
        (PIXEL, "Chrome Mobile 120 on Android 14", "phone"),
        (IPAD, "Mobile Safari 16 on iOS 16", "tablet"),
        (GALAXY_TAB, "Chrome 120 on Android 13", "tablet"),
        (GOOGLEBOT, "Googlebot 2", "robot"),
    ],
)
def test_a_header_says_what_it_comes_from(header: str, normalized: str, type: str) -> None:
    added = user_agent(header, {})
    assert (added["normalized"], added["type"]) == (normalized, type)


def test_a_device_has_a_brand_and_a_model() -> None:
    added = user_agent(PIXEL, {})
    assert (added["device"], added["brand"], added["model"]) == ("Pixel 8", "Google", "Pixel 8")
    assert (added["browserVersion"], added["osVersion"]) == ("120.0.0", "14")


@pytest.mark.parametrize("header", ["?", "hello", "x" * 1024])
def test_what_says_nothing_is_unknown(header: str) -> None:
    with pytest.raises(Unusable) as refused:
        user_agent(header, {})
    assert refused.value.code == "unknown"
