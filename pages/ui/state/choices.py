"""The choices of all pages: one that the pages share and one of each page, and how a link spells them."""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from core.errors import BoxscopeError
from pages.ui.state.fields import Field, State, Texts

C = TypeVar("C")


class _Named(NamedTuple):
    name: str
    field: Field
    default: Any


def _fields(kind: Any) -> tuple[_Named, ...]:
    return _declared(kind)


@functools.cache  # read some 50 times in a run of a page; defaults are frozen
def _declared(kind: Any) -> tuple[_Named, ...]:
    return tuple(
        _Named(
            item.name,
            item.metadata["field"],
            item.default if item.default_factory is dataclasses.MISSING else item.default_factory(),
        )
        for item in dataclasses.fields(kind)
    )


@dataclass(frozen=True)
class Choices:
    """The choices of several pages.

    Attributes
    ----------
    parts : tuple of dataclasses of fields
        At most one of a kind.
    """

    parts: tuple[Any, ...]

    def of(self, kind: type[C]) -> C:
        """Return the choice of a kind, the default one where there is none."""
        return next((part for part in self.parts if isinstance(part, kind)), None) or kind()

    def replace(self, *changed: Any) -> "Choices":
        """Return these choices with some replaced by others of the same kinds."""
        kinds = {type(part) for part in changed}
        return Choices((*(part for part in self.parts if type(part) not in kinds), *changed))

    def spell(self) -> Texts:
        """Return the parameters of a link: what names the view, and what differs from its default."""
        return {name: text for part in self.parts for name, text in _spell(part).items()}

    @classmethod
    def parse(cls, texts: Mapping[str, str], kinds: Sequence[type]) -> "Choices":
        """Return the choices that a link spells; what it does not name keeps its default.

        Parameters
        ----------
        texts : mapping of str to str
        kinds : sequence of type
            The kinds of choices. A name belongs to the first field that takes it.

        Raises
        ------
        BoxscopeError
            A name that no field takes, or an invalid value.
        """
        rest, parts = dict(texts), []
        for kind in kinds:
            values = {}
            for name, field, _ in _fields(kind):
                taken = {part: rest.pop(part) for part in sorted(field.names(name, rest.keys()))}
                if taken:
                    values[name] = field.parse(name, taken)
            parts.append(kind(**values))
        if rest:
            raise BoxscopeError("no such name", next(iter(rest)))
        return cls(tuple(parts))


def _spell(part: Any) -> Texts:
    texts: Texts = {}
    for name, field, default in _fields(type(part)):
        value = getattr(part, name)
        omitted = field.omitted(name, default, value)
        spelled = field.spell(name, value).items()
        texts |= {key: text for key, text in spelled if text and text != omitted.get(key)}
    return texts


def read(kind: type[C], state: State) -> C:
    """Return the choice of a kind, read from the values of the widgets."""
    return kind(**{name: field.read(name, default, state) for name, field, default in _fields(kind)})


def write(part: Any, state: State) -> None:
    """Set the widgets to a choice."""
    for name, field, _ in _fields(type(part)):
        field.write(name, getattr(part, name), state)


def of_dataset(kind: type) -> Texts:
    """Return the defaults of the fields that mean nothing in another data set, by name."""
    return {name: default for name, field, default in _fields(kind) if field.of_dataset}


def default_of(kind: type, name: str) -> Any:
    """Return the default of a field of a kind of choice."""
    return next(field.default for field in _fields(kind) if field.name == name)
