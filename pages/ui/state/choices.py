"""All that is chosen: a choice that the pages share and one of each page, and how a link spells them."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from core.errors import BoxscopeError
from pages.ui.state.fields import Field, State, Texts

C = TypeVar("C")


class _Named(NamedTuple):
    name: str
    field: Field
    default: Any


def _fields(kind: type) -> Iterator[_Named]:
    for one in dataclasses.fields(kind):
        made = one.default_factory
        default = one.default if made is dataclasses.MISSING else made()
        yield _Named(one.name, one.metadata["field"], default)


@dataclass(frozen=True)
class Choices:
    """What is chosen on several pages.

    Attributes
    ----------
    parts : tuple of dataclasses of fields
        At most one of a kind.
    """

    parts: tuple[Any, ...]

    def of(self, kind: type[C]) -> C:
        """Return the choice of a kind, as by default where there is none."""
        return next((part for part in self.parts if isinstance(part, kind)), None) or kind()

    def having(self, *changed: Any) -> "Choices":
        """Return these choices with others in place of those of the same kinds."""
        kinds = {type(part) for part in changed}
        return Choices((*(part for part in self.parts if type(part) not in kinds), *changed))

    def spell(self) -> Texts:
        """Spell the choices for a link: what names the view, and what is not as it is by default."""
        return {name: text for part in self.parts for name, text in _spell(part).items()}

    @classmethod
    def parse(cls, texts: Mapping[str, str], kinds: Sequence[type]) -> "Choices":
        """Read choices from a link; what is not named keeps its default.

        Parameters
        ----------
        texts : mapping of str to str
        kinds : sequence of type
            The kinds of choices. A name belongs to the first field that takes it.

        Raises
        ------
        BoxscopeError
            A name that no field takes, or a value that does not fit.
        """
        rest, parts = dict(texts), []
        for kind in kinds:
            values = {}
            for name, field, _ in _fields(kind):
                own = {one: rest.pop(one) for one in sorted(field.names(name, rest.keys()))}
                if own:
                    values[name] = field.parse(name, own)
            parts.append(kind(**values))
        if rest:
            raise BoxscopeError("no such name", next(iter(rest)))
        return cls(tuple(parts))


def _spell(part: Any) -> Texts:
    texts: Texts = {}
    for name, field, default in _fields(type(part)):
        value = getattr(part, name)
        left_out = field.left_out(name, default, value)
        spelled = field.spell(name, value).items()
        texts |= {one: text for one, text in spelled if text and text != left_out.get(one)}
    return texts


def read(kind: type[C], state: State) -> C:
    """Return the choice of a kind as the widgets hold it."""
    return kind(**{name: field.read(name, default, state) for name, field, default in _fields(kind)})


def write(part: Any, state: State) -> None:
    """Let the widgets hold a choice."""
    for name, field, _ in _fields(type(part)):
        field.write(name, getattr(part, name), state)


def of_dataset(kind: type) -> Texts:
    """Return the defaults of the fields that mean nothing in another data set, by name."""
    return {name: default for name, field, default in _fields(kind) if field.of_dataset}


def default_of(kind: type, name: str) -> Any:
    """Return the default of a field of a kind of choice."""
    return next(field.default for field in _fields(kind) if field.name == name)
