"""Names, paths and errors on a page are shown as they are, though Streamlit reads texts as Markdown."""

import json
from pathlib import Path

import pytest

from core.files import printable
from pages.ui.widgets.markdown import code, literal
from tests.browser import PATIENCE, chromium, streamlit_server
from tests.markdown_rule import Module

ROOT = Path(__file__).parents[1]
TEXTS = [
    r"..\..\media\a*b_$x$_[q](r)..\z.png",
    r"C:\Users\x\_y_",
    r"a\*b",
    "\\",
    "ends with \\",
    "$x$ and $$y$$",
    ":smile: a:b:c :+1:",
    ":material/home: :material_home: :streamlit:",
    ":red[x] :gray-badge[y]",
    "::: note",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
    "->",
    "<b>bold</b> &amp; &lt; &#65; a&b",
    "<https://x.y>",
    "__init__ _a_ a_b_c _x",
    "# head",
    "- item",
    "+ item",
    "1. item",
    "12) x",
    "12.5",
    "===",
    "---",
    "> q",
    "~~gone~~ ~a~",
    "`code` ``x``",
    "`",
    "**",
    "*",
    "$5 and $6",
    "![i](u) [^1] [a]: b",
    "| a | b |",
    ":",
    "::a",
    "https://host/_a_/b*c*.json?x=1&amp=2",
    "www.x_y_.com/__a__",
    "a@b_c.png x_@_y.com",
    "s3://b/a_b/*.png",
    "a  b   c",
    " lead and trail ",
    "tab\there",
    "new\nline\n\n# two",
    "é ü \udcff 日本_語_x",
    "{x} #tag 'y' 1/2",
    "annotation 6 [5.0, 5.0, 0.0, 9.0] has no area",
    "a]b and [c",
    "[a[b]](c)",
    "images[0]",
    "[ ] [x] []",
    "## two",
    "a < b > c <d",
]


@pytest.mark.parametrize(
    "text",
    [
        "sample/broken/annotations.json: not JSON, line 3 (char 18)",
        "IMG_0001 (2).jpg: is 50x40, got 96x72",
        "",
    ],
)
def test_a_text_without_markup_stays_as_it_is(text):
    assert literal(text) == text


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        (r"..\a", r"..\\a"),
        ("$x$", r"\$x\$"),
        ("a*b", r"a\*b"),
        ("# a", r"\# a"),
        ("12. a", r"12\. a"),
        ("a: b", "a: b"),
        ("a:b", r"a\:b"),
        ("_a_b_", r"\_a_b\_"),
        ("a\nb", "a&#10;b"),
    ],
)
def test_what_markdown_reads_is_escaped(text, markdown):
    assert literal(text) == markdown


def test_code_has_a_longer_fence_than_its_text():
    assert code("a`b``c") == "```a`b``c```"
    assert code("`a") == "`` `a ``"
    assert code("a*b") == "`a*b`"


@pytest.mark.parametrize(
    "line",
    ["st.error(str(error))", 'st.caption(f"in {path}")', 'st.metric("a", 1, help=names)', "st.toast(wrong)"],
)
def test_the_rule_finds_a_text_that_is_put_in_as_it_is(tmp_path, line):
    path = tmp_path / "page.py"
    path.write_text(f"def draw(error, path, names):\n    wrong = f'{{names}}'\n    {line}\n")
    assert len(list(Module(path).unsafe())) == 1


@pytest.mark.browser
def test_texts_are_shown_character_by_character(tmp_path):
    texts = tmp_path / "texts.json"
    texts.write_text(json.dumps(TEXTS))
    env = {"PYTHONPATH": str(ROOT)}
    with (
        streamlit_server(ROOT / "tests/literal_app.py", texts, cwd=tmp_path, env=env) as url,
        chromium() as browser,
    ):
        page = browser.new_page()
        page.goto(url)
        page.get_by_text("all shown").wait_for()
        count = f"() => Object.keys(({SHOWN})()).length === {9 * len(TEXTS)}"
        page.wait_for_function(count, timeout=PATIENCE)
        shown = page.evaluate(SHOWN)
    assert {key: found for key, found in shown.items() if found != expected(*key.split("-"))} == {}


# By kind and number of a text: the words of an element, and the elements that Markdown made in it.
SHOWN = """() => Object.fromEntries([...document.querySelectorAll('[class*="st-key-"]')].flatMap(part => {
  const [, key] = /st-key-([a-z]+-[0-9]+)/.exec(part.className) ?? []
  const body = part.querySelector('[data-testid=stCaptionContainer], [data-testid=stMarkdownContainer]')
  if (!key || !body) return []
  const made = body.querySelectorAll('em, li, h1, h2, hr, del, img, table, blockquote, .katex')
  return [[key, [body.innerText.trim().split(/\\s+/).join(' '), made.length]]]
}))"""


def expected(kind, number):
    """Return what :data:`SHOWN` gives for a text that is shown as it is."""
    shown = printable(TEXTS[int(number)])
    words = {"inside": f"all of {shown}, and more", "bold": f"{shown} {shown}", "code": f"in {shown} here"}
    return [" ".join(words.get(kind, shown).split()), 0]
