"""Fields of choices: how each is spelled in a link, and under which widget keys its value is held.

A choice is a frozen dataclass of these fields, as :class:`pages.ui.state.choice.Choice`, which all pages
share. The further choices of a page are a class of their own, in that page's folder of views.
"""

import dataclasses
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, MutableMapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from core import parameters
from core.errors import BoxscopeError
from core.parameters import Parameter

Texts = dict[str, str]
State = MutableMapping[Any, Any]
Specs = Sequence[Parameter]

_WORDS = re.compile("[a-z0-9_.~-]{0,300}")


class Field(ABC):
    """How a value is spelled in a link and held by widgets.

    A field may take several names of a link, and hold its value under several keys: a settings object has one
    for each of its parameters.
    """

    of_dataset: bool = False

    def names(self, name: str, available: Set[str]) -> Set[str]:
        """Return those of the available names of a link that belong to this field."""
        return {name} & available

    @abstractmethod
    def parse(self, name: str, texts: Mapping[str, str]) -> Any:
        """Return the value that a link spells, from the texts under the field's names.

        Raises
        ------
        BoxscopeError
            An invalid text.
        """

    @abstractmethod
    def spell(self, name: str, value: Any) -> Texts:
        """Return the texts that :meth:`parse` reads as this value."""

    def omitted(self, name: str, default: Any, value: Any) -> Texts:
        """Return the texts that a link omits, since they are those of the default."""
        return self.spell(name, default)

    def read(self, name: str, default: Any, state: State) -> Any:
        """Return the value that the widgets hold."""
        return state.get(name, default)

    def write(self, name: str, value: Any, state: State) -> None:
        """Set the widgets to a value."""
        state[name] = value


@dataclass(frozen=True)
class Text(Field):
    """A text.

    Attributes
    ----------
    allowed : tuple of str
        The valid texts; empty: any.
    always : bool
        Whether a link spells it even where it is the default.
    of_dataset : bool
        Whether it means nothing in another data set.
    """

    allowed: tuple[str, ...] = ()
    always: bool = False
    of_dataset: bool = False

    def parse(self, name: str, texts: Mapping[str, str]) -> str:
        if self.allowed and texts[name] not in self.allowed:
            raise BoxscopeError(f"got {texts[name]!r}, expected one of {', '.join(self.allowed)}", name)
        return texts[name]

    def spell(self, name: str, value: Any) -> Texts:
        return {name: value}

    def omitted(self, name: str, default: Any, value: Any) -> Texts:
        return {} if self.always else super().omitted(name, default, value)

    def read(self, name: str, default: Any, state: State) -> str:
        return state.get(name, default) or ""  # a widget without a selection holds None


class Rank(Text):
    """The rank of a proposal as text, empty for none."""

    def parse(self, name: str, texts: Mapping[str, str]) -> str:
        if not (texts[name] or "0").isdecimal():
            raise BoxscopeError(f"got {texts[name]!r}, expected a rank", name)
        return texts[name]


class Words(Text):
    """A text of lower-case words and numbers that a link holds as it is, such as ``iou_0.3_1~best``."""

    def parse(self, name: str, texts: Mapping[str, str]) -> str:
        if not _WORDS.fullmatch(texts[name]):
            raise BoxscopeError(
                f"got {texts[name][:40]!r}, expected words and numbers joined by _ and ~", name
            )
        return texts[name]


class Switch(Field):
    """True or false, spelled ``true``; anything else is false."""

    def parse(self, name: str, texts: Mapping[str, str]) -> bool:
        return texts[name] == "true"

    def spell(self, name: str, value: Any) -> Texts:
        return {name: str(value).lower()}


class Count(Field):
    """A whole number, at least 1."""

    def parse(self, name: str, texts: Mapping[str, str]) -> int:
        text = texts[name]
        if not text.isdecimal() or len(text) > 15 or int(text) < 1:
            raise BoxscopeError(f"got {text!r}, expected a whole number, at least 1", name)
        return int(text)

    def spell(self, name: str, value: Any) -> Texts:
        return {name: str(value)}


@dataclass(frozen=True)
class Settings(Field):
    """A settings object, see :mod:`core.parameters`, with a name and a key for each of its parameters.

    Attributes
    ----------
    type : type
    owner : str
        Whose parameters they are, in keys and errors.
    prefix : str
        Prefix of the parameters' names in a link, so that they differ from others of the same name.
    """

    type: type
    owner: str
    prefix: str = ""

    def names(self, name: str, available: Set[str]) -> Set[str]:
        if self.prefix:  # an unknown one among them is an error of this field
            return {key for key in available if key.startswith(self.prefix)}
        return {spec.name for spec in parameters.parameters(self.type)} & available

    def parse(self, name: str, texts: Mapping[str, str]) -> Any:
        by_name = {key.removeprefix(self.prefix): text for key, text in texts.items()}
        return parameters.build(self.type, by_name, owner=self.owner)

    def spell(self, name: str, value: Any) -> Texts:
        return {f"{self.prefix}{key}": text for key, text in parameters.spell(value).items()}

    def read(self, name: str, default: Any, state: State) -> Any:
        return read_settings(default, self.owner, state)

    def write(self, name: str, value: Any, state: State) -> None:
        write_settings(value, self.owner, state)


def key(owner: str, spec: Parameter) -> str:
    """Return the key of a parameter's widget."""
    return f"{owner}.{spec.name}"


def read_settings(default: Any, owner: str, state: State, specs: Specs | None = None) -> Any:
    """Return the settings object that the widgets of an owner hold, of some parameters or of all."""
    first = parameters.values(default)
    specs = parameters.parameters(default) if specs is None else specs
    held = {spec.name: state.get(key(owner, spec), first[spec.name]) for spec in specs}
    changed = {name: value for name, value in held.items() if value != first[name]}
    return parameters.replace(default, changed) if changed else default


def write_settings(settings: Any, owner: str, state: State, specs: Specs | None = None) -> None:
    """Set the widgets of an owner to a settings object, those of some parameters or all."""
    values = parameters.values(settings)
    for spec in parameters.parameters(settings) if specs is None else specs:
        state[key(owner, spec)] = values[spec.name]


def text(
    default: str = "", *, allowed: tuple[str, ...] = (), always: bool = False, of_dataset: bool = False
) -> Any:
    """Return a dataclass field for a :class:`Text`."""
    return declared(Text(allowed, always, of_dataset), default=default)


def words(*, of_dataset: bool = False) -> Any:
    """Return a dataclass field for :class:`Words`, by default none."""
    return declared(Words(of_dataset=of_dataset), default="")


def rank() -> Any:
    """Return a dataclass field for a :class:`Rank`, by default none."""
    return declared(Rank(), default="")


def switch() -> Any:
    """Return a dataclass field for a :class:`Switch`, by default off."""
    return declared(Switch(), default=False)


def count(default: int) -> Any:
    """Return a dataclass field for a :class:`Count`."""
    return declared(Count(), default=default)


def settings(type: type, owner: str, prefix: str = "") -> Any:
    """Return a dataclass field for a :class:`Settings`, by default ``type()``."""
    return declared(Settings(type, owner, prefix), default_factory=type)


def declared(field: Field, **default: Any) -> Any:
    """Return a dataclass field that carries its :class:`Field`."""
    return dataclasses.field(**default, metadata={"field": field})
