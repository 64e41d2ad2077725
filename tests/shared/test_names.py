import re

import pytest

from shared.names import is_tenant
from shared.store import keys


@pytest.mark.parametrize("name", ["default", "acme", "a", "4711", "acme-2", "x" * 64])
def test_a_tenant_is_called_by_a_plain_name(name: str) -> None:
    assert is_tenant(name)


@pytest.mark.parametrize("name", ["", "Acme", "a b", "../x", "a/b", "a:b", "-a", "a-", "é", "x" * 65, "a\n", "."])
def test_nothing_else_is_a_tenant(name: str) -> None:
    assert not is_tenant(name)


def test_no_tenant_is_called_as_others_of_our_keys_begin() -> None:
    words = set(re.findall(r"^dmps:([a-z-]+)", keys.__doc__ or "", re.MULTILINE))
    assert len(words) > 20
    for word in words:
        assert not is_tenant(word), f"{word} belongs into shared.names.RESERVED"
