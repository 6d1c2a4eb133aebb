"""The text of one Pascal VOC file: picture, size, objects; no entity is expanded, nothing is fetched."""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from core.errors import quoted

# A file of more bytes is no annotation of one picture: that of 10,000 objects has 3 MB.
_MOST_BYTES = 64 << 20

_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
# Python's parser reads these itself.
_KNOWN = ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1")

_BACKGROUND = "background"


class NotVoc(ValueError):
    """The text is no Pascal VOC annotation; its message says why."""


class VocObject(NamedTuple):
    """One ``<object>``.

    Attributes
    ----------
    name : str
        Its category; names of several classes joined by ``+``.
    corners : tuple of float
        ``xmin ymin xmax ymax`` as written.
    difficult : bool
    parts : int
        Boxes of parts of it.
    fault : str
        Why it cannot be used; empty where it can.
    """

    name: str
    corners: tuple[float, ...] = ()
    difficult: bool = False
    parts: int = 0
    fault: str = ""

    @property
    def is_background(self) -> bool:
        """Whether it is declared to show no object."""
        return self.name.casefold() == _BACKGROUND and not self.fault


class VocFile(NamedTuple):
    """The content of a file; `size` is None where it has none."""

    filename: str
    size: tuple[int, int] | None
    objects: list[VocObject]
    remark: str = ""


def parse(text: bytes) -> VocFile:
    """Return the content of a file.

    Raises
    ------
    NotVoc
    """
    root, remark = _root(text)
    if root.tag != "annotation":
        raise NotVoc(f"its root is <{root.tag[:40]}>, expected <annotation>")
    size = root.find("size")
    sides = [] if size is None else [_number(size.findtext(name)) for name in ("width", "height")]
    known = len(sides) == 2 and all(side is not None and side.is_integer() and side > 0 for side in sides)
    width_height = (int(sides[0] or 0), int(sides[1] or 0)) if known else None
    objects = [_object(one) for one in root.findall("object")]
    return VocFile(_text(root.findtext("filename")), width_height, objects, remark)


def _root(text: bytes) -> tuple[Element, str]:
    """Return the root of an XML text, and a remark on how it was decoded."""
    if len(text) > _MOST_BYTES:
        raise NotVoc(f"has {len(text):,} bytes, expected the annotation of one picture")
    if not text.strip():
        raise NotVoc("the file is empty")
    if b"\0" in text:
        raise NotVoc("has NUL bytes, expected XML in UTF-8")
    if b"<!ENTITY" in text:  # without a declaration none is expanded: no file grows, none is fetched
        raise NotVoc("declares entities, which are not expanded")
    declared = _DECLARED.match(text)
    encoding = declared[1].decode().lower() if declared else "utf-8"
    try:
        if declared and encoding not in _KNOWN:
            return ElementTree.fromstring(text[declared.end() :].decode(encoding)), f"read as {encoding}"
        return ElementTree.fromstring(text), ""
    except (ElementTree.ParseError, LookupError, ValueError, RecursionError) as error:
        return _with_replaced(text, declared.end() if declared else 0, error)


def _with_replaced(text: bytes, start: int, error: Exception) -> tuple[Element, str]:
    """Return the root of a text with bytes of another encoding, such as in a path of the tool's machine."""
    try:
        text.decode()
    except UnicodeDecodeError:
        try:
            root = ElementTree.fromstring(text[start:].decode(errors="replace"))
        except (ElementTree.ParseError, RecursionError):
            pass
        else:
            return root, "bytes that are no UTF-8 were replaced"
    raise NotVoc(f"not XML ({next(iter(str(error).splitlines()), '')[:120]})") from error


def _object(element: Element) -> VocObject:
    name = "+".join(_classes(element)) or _text(element.findtext("name"))
    box = element.find("bndbox")
    numbers = [] if box is None else [_number(box.findtext(corner)) for corner in _CORNERS]
    parts = len(element.findall("part"))
    difficult = _text(element.findtext("difficult")).casefold() in ("1", "true", "yes")
    if not name:
        return VocObject("", parts=parts, fault="has no name")
    if box is None:
        return VocObject(name, parts=parts, fault="has no bndbox")
    corners = tuple(number for number in numbers if number is not None)
    if len(corners) < len(_CORNERS):
        missing = next(corner for corner, n in zip(_CORNERS, numbers, strict=True) if n is None)
        fault = f"has {missing} {quoted(box.findtext(missing))}, expected a number"
        return VocObject(name, parts=parts, fault=fault)
    return VocObject(name, corners, difficult, parts)


def _classes(element: Element) -> Iterator[str]:
    """Yield the classes of an object that lists all with 1 or 0 below ``<Defect>``, as CODEBRIM does."""
    for flags in element.findall("Defect"):
        yield from (flag.tag for flag in flags if _text(flag.text) == "1")


def _text(value: str | None) -> str:
    return (value or "").strip()


def _number(value: str | None) -> float | None:
    try:
        number = float(_text(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
