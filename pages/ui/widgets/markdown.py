"""Names, paths and errors inside Markdown, which Streamlit takes for nearly every text that a page shows.

Put into it as they are, ``..\\..\\a.jpg`` loses its back-slashes, ``$x$`` becomes mathematics, ``a*b*`` loses
its stars and ``:smile:`` becomes a picture.
"""

import re

from core.files import printable

# An element without content: it parts a text where Streamlit would replace a piece of it as a whole.
_CUT = ":gray[]"
# What is special wherever it stands, and what is so by what follows it.
_ALWAYS = set("\\`*~$")
_BEFORE = {
    "&": re.compile(r"[#A-Za-z]"),
    "<": re.compile(r"[A-Za-z/!?]"),
    "@": re.compile(r"\w"),
    ":": re.compile(r"[\w+:-]|//|$"),
}
# Brackets that may make a link, a note or a box to tick, or end what they stand in.
_LINK = re.compile(r"\](?=[(\[:]|$)|\[(?=\^|[ xX]?\])")
# Pieces that Streamlit replaces even where their characters are escaped: emoji, icons, arrows and dashes.
_EMOJI = re.compile(r":(?=[\w+-]+:|material/)")
_ARROW = re.compile(r"(?<!\S)(?:<->|->|<-|--|>=|<=|~=)(?!\S)")
# What makes a heading, a quotation or a list of the first line, up to the character to escape.
_START = re.compile(r"[#>+=-]|\d+[.)](?=\s|$)")


def literal(text: object) -> str:
    """Return Markdown that is shown as a text, character by character, for any element of Streamlit.

    Parameters
    ----------
    text : object
        Converted by ``str``; bytes of a file's name that are not UTF-8 are shown as ``\\udcff``.
    """
    shown = printable(str(text))
    cuts = {match.end() for match in _EMOJI.finditer(shown)}
    cuts |= {cut for match in _ARROW.finditer(shown) for cut in range(match.start() + 1, match.end())}
    escaped = {match.end() - 1 for match in [_START.match(shown)] if match}
    if _LINK.search(shown) or not _are_paired(shown):
        escaped |= {n for n, sign in enumerate(shown) if sign in "[]"}
    return "".join(
        (_CUT if n in cuts else "") + ("\\" + sign if n in escaped else _sign(shown, n))
        for n, sign in enumerate(shown)
    )


def _sign(text: str, n: int) -> str:
    """Return the Markdown of the character at a position."""
    sign = text[n]
    if sign in "\n\r\t\v\f":
        return f"&#{ord(sign)};"
    if sign == " " and (n == 0 or n + 1 == len(text) or text[n - 1] == " "):
        return "&nbsp;"  # HTML shows several blanks as one, and none at an end
    special = sign in _ALWAYS or (sign in _BEFORE and _BEFORE[sign].match(text, n + 1))
    if special or (sign == "_" and not _inside_word(text, n)) or (sign == "." and text.endswith("www", 0, n)):
        return "\\" + sign
    return sign


def _are_paired(text: str) -> bool:
    """Return whether every bracket that opens is closed after it, none inside another."""
    return re.fullmatch(r"[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*", text) is not None


def _inside_word(text: str, n: int) -> bool:
    """Return whether an underscore stands between letters or digits, where it emphasises nothing."""
    before, after = text[:n].rstrip("_")[-1:], text[n:].lstrip("_")[:1]
    return before.isalnum() and after.isalnum()


def code(text: object) -> str:
    """Return Markdown that shows a text as :func:`literal` does, in the font of code."""
    shown = printable(str(text))
    if not shown.strip() or re.search(r"[\n\r\t]|:material/| {2}|^ | $", shown):
        return literal(shown)
    longest = max(map(len, re.findall("`+", shown)), default=0)
    fence, pad = "`" * (longest + 1), " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
