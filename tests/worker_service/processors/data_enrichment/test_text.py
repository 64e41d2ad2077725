import pytest

from worker_service.processors.data_enrichment.text import repaired
from worker_service.processors.data_enrichment.value import Unusable


@pytest.mark.parametrize("text", ["schön", "naïve café", "Müller & Söhne", "“quoted”", "Ελληνικά", "日本語テキスト"])
def test_what_was_read_in_the_wrong_encoding_is_repaired(text: str) -> None:
    broken = text.encode().decode("windows-1252", "replace")
    if "\ufffd" in broken:
        broken = text.encode().decode("latin-1")
    added = repaired(broken, {})
    assert (added["normalized"], added["changed"]) == (text, True)
    assert added["repairs"]
    assert added["characters"] == len(text)


@pytest.mark.parametrize("text", ["schön", "Ã", "a < b &amp; c", "“quoted”", "plain"])
def test_what_is_right_stays(text: str) -> None:
    assert repaired(text, {}) == {"normalized": text, "changed": False, "repairs": [], "characters": len(text)}


def test_a_text_of_control_characters_is_empty() -> None:
    with pytest.raises(Unusable) as refused:
        repaired("\x08", {})
    assert refused.value.code == "empty"
