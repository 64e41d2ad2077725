from api_service.html import element, joined, link, page, page_headers, phrase, prose


def test_text_is_escaped_wherever_it_stands() -> None:
    made = element("p", "<b>", joined("&", link("/?a=1&b='\"", "<i>")), class_='"')
    assert made == '<p class="&quot;">&lt;b&gt;&amp;<a href="/?a=1&amp;b=&#x27;&quot;">&lt;i&gt;</a></p>'


def test_what_stands_between_backticks_is_code() -> None:
    assert phrase("a `<b>` c") == "a <code>&lt;b&gt;</code> c"
    assert prose("a\n\nb") == "<p>a</p><p>b</p>"


def test_a_page_allows_its_own_style_and_nothing_else() -> None:
    style = "p { color: red; }"
    assert f"<style>{style}</style>" in page("A < B", style, element("p", "x"))
    policy = page_headers(style)["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy != page_headers(style + " ")["Content-Security-Policy"]
