"""Pages built of elements: what is not an element is text, and is escaped."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from importlib.resources import files

PAGES = files("api_service") / "pages"
COMMON = (PAGES / "common.css").read_text()  # colours and type, for every page
_VOID = frozenset({"meta"})


class Html(str):
    """A piece of a page, escaped where it has to be."""

    __slots__ = ()

    def __html__(self) -> str:
        """The same, for templates: they escape it no more."""
        return str(self)


def element(name: str, /, *content: str, **attributes: str) -> Html:
    """An element. An attribute that is a word of Python ends in `_`."""
    written = "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{joined(*content)}</{name}>")


def joined(*content: str) -> Html:
    """Pieces and texts, one after the other."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in content))


def code(text: str) -> Html:
    """A word of a program."""
    return element("code", text)


def link(target: str, *content: str) -> Html:
    """A link."""
    return element("a", *content, href=target)


def prose(text: str) -> Html:
    """Paragraphs; what stands between backticks is code."""
    return joined(*(element("p", phrase(paragraph)) for paragraph in text.split("\n\n")))


def phrase(text: str) -> Html:
    """Words; what stands between backticks is code."""
    return joined(*(code(part) if index % 2 else part for index, part in enumerate(text.split("`"))))


def page(title: str, style: str, *content: str) -> Html:
    """A whole page, which loads nothing."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Html(style)),
    )
    body = element("body", *content)
    return joined(Html("<!doctype html>\n"), element("html", head, body, lang="en"))


def page_headers(style: str) -> Mapping[str, str]:
    """What a browser may do with a page of that style: show it, and nothing else."""
    hashed = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
