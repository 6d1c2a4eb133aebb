"""The classes of masks: names of values, palette indices or colours, as given by the user."""

import re
from pathlib import Path
from typing import NamedTuple

from core.errors import BoxscopeError, quoted

BACKGROUND = frozenset({"background", "_background_", "bg"})
"""Names of the background, in lower case."""
_VOID = frozenset({"void", "unlabeled", "unlabelled", "ignore", "ignored"})

# A comment, or what stands above columns.
_NO_CLASS = re.compile(r"#|#\s.*|# ?label:.*|name\s*[,;\t ]\s*(r|red|value|id)\b.*", re.IGNORECASE)
_CLASS = re.compile(r"(?P<name>.+?)\s*[=:,;\t ]\s*(?P<value>#[0-9a-fA-F]{6}|[0-9][0-9/,;\t ]*)(:.*)?")

_ITEM = "classes"
_EXPECTED = "expected NAME=VALUE, NAME=#rrggbb or NAME=r/g/b"


class MaskClass(NamedTuple):
    """A class of masks.

    Attributes
    ----------
    name : str
    value : int
        A grey value or palette index; of a colour red · 65536 + green · 256 + blue, see :func:`packed`.
    """

    name: str
    value: int

    @property
    def is_background(self) -> bool:
        """Whether its pixels are no objects: the background, or what was not labelled."""
        return self.name.casefold() in BACKGROUND | _VOID


def packed(red: int, green: int, blue: int) -> int:
    """Return a colour as one number."""
    return red << 16 | green << 8 | blue


def colour_text(value: int) -> str:
    """Return a packed colour as ``#ff0000``."""
    return f"#{value:06x}"


def parse_classes(text: str, colours: bool) -> tuple[MaskClass, ...]:
    """Return the classes that a text names, or the file at a path.

    Parameters
    ----------
    text : str
        ``crack=1,stain=2``, ``crack=#ff0000``, or the path of a file with a class a line: ``crack=1``,
        ``crack,255,0,0`` (also with blanks or tabs), or CVAT's ``crack:255,0,0::``. Empty names none.
    colours : bool
        Whether colours are expected, not values.

    Raises
    ------
    BoxscopeError
        There is no such file, a class is not written so, or one is given twice.
    """
    if not text.strip():
        return ()
    lines = text.split(",") if "=" in text else _lines_of(Path(text.strip()).expanduser())
    classes = tuple(_class(line.strip(), colours) for line in lines if _is_content(line))
    for key in ("name", "value"):
        seen: set[object] = set()
        for one in classes:
            given = getattr(one, key)
            if given in seen:
                shown = colour_text(given) if key == "value" and colours else given
                raise BoxscopeError(f"the {key} {shown} is given twice", _ITEM)
            seen.add(given)
    return classes


def _is_content(line: str) -> bool:
    """Return whether a line is no comment and no head, as ``name,r,g,b`` is."""
    stripped = line.strip()
    return bool(stripped) and _NO_CLASS.fullmatch(stripped) is None


def _lines_of(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise BoxscopeError(f"got {quoted(str(path))}, no readable file; {_EXPECTED}", _ITEM) from error


def _class(line: str, colours: bool) -> MaskClass:
    found = _CLASS.fullmatch(line)
    numbers = _numbers(found["value"]) if found else None
    if found is None or numbers is None:
        raise BoxscopeError(f"got {quoted(line)}, {_EXPECTED}", _ITEM)
    if len(numbers) != (3 if colours else 1):
        expected = "a colour for masks read by colours" if colours else "one value for masks read by values"
        raise BoxscopeError(f"got {quoted(line)}, expected {expected}: kind= says how they are read", _ITEM)
    return MaskClass(found["name"].strip(), packed(*numbers) if colours else numbers[0])


def _numbers(text: str) -> tuple[int, ...] | None:
    """Return one value or the three of a colour; None for anything else."""
    if text.startswith("#"):
        return tuple(bytes.fromhex(text[1:]))
    parts = [part for part in re.split(r"[/,;\t ]+", text) if part]
    if not all(part.isdecimal() for part in parts) or len(parts) not in (1, 3):
        return None
    numbers = tuple(int(part) for part in parts)
    return numbers if max(numbers) <= (255 if len(parts) == 3 else 65535) else None
