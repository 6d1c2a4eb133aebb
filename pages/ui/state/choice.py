"""The choice that all pages share: the image, and the setup that yields its boxes."""

import dataclasses
import functools
import os
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from core import parameters
from core.datasets.levels import AUTO
from core.evaluation import RecallRule
from core.pipeline import Setup
from pages.ui.state import fields, setups
from pages.ui.state.fields import Field, State, Texts, read_settings, write_settings

# By default. More than some 200 boxes on a picture can no longer be told apart.
TOP = 100

FIRST_DATASET = os.environ.get("BOXSCOPE_DATASET") or "sample"
"""Folder or COCO file of the data set that is open at first."""


SHOWN_NAMES = "dataset.names"
"""Key of the paths of data sets by the names under which they were listed."""


class SetupField(Field):
    """A setup: the name of its proposer, and each parameter by its name."""

    def names(self, name: str, available: Set[str]) -> Set[str]:
        return set(available)  # only the proposer knows which names are its parameters

    def parse(self, name: str, texts: Mapping[str, str]) -> Setup:
        return setups.parse({"top": str(TOP), **texts})

    def spell(self, name: str, value: Any) -> Texts:
        return value.spell()

    def omitted(self, name: str, default: Any, value: Any) -> Texts:
        defaults = dataclasses.replace(parameters.plain(value), top=TOP).spell()
        del defaults["proposer"]  # a link always names it
        return defaults

    def read(self, name: str, default: Any, state: State) -> Setup:
        start = _of_proposer(default, state.get("proposer", default.proposer.name), name)
        setup = read_settings(start, name, state, parameters.own(Setup))
        parts = {field: read_settings(part, owner, state) for field, owner, part in _parts(setup)}
        return dataclasses.replace(setup, **parts)

    def write(self, name: str, value: Any, state: State) -> None:
        state["proposer"] = value.proposer.name
        write_settings(value, name, state, parameters.own(Setup))
        for _, owner, part in _parts(value):
            write_settings(part, owner, state)


@functools.lru_cache(maxsize=64)
def _of_proposer(default: Setup, proposer: str, owner: str) -> Setup:
    return parameters.read(default, {"proposer": proposer}, owner=owner)


def _parts(setup: Setup) -> Iterator[tuple[str, str, Any]]:
    """Yield of each part of a setup its field, the owner of its widgets, and the part.

    Each kind of proposer is an owner, so that one that is chosen again has its parameters still.
    """
    for field, part in parameters.parts(setup).items():
        yield field, parameters.kinds(setup).get(field, field), part


class DatasetPath(fields.Text):
    """The path of a data set, which the list of data sets shows by a name.

    The browser sends the name that it shows. Names change when another data set of the same name is opened:
    one that it has sent before it drew the new ones is the path that it stood for.
    """

    def read(self, name: str, default: Any, state: State) -> str:
        value = super().read(name, default, state)
        shown: dict[str, str] = state.get(SHOWN_NAMES, {})
        return value if value in shown.values() else shown.get(value, value)


@dataclass(frozen=True)
class Choice:
    """The choice that every view depends on.

    Attributes
    ----------
    dataset : str
        Folder or COCO file of the data set, as it was opened.
    split : str
        Name of its annotation file, empty for the first.
    images : str
        Folder of its pictures, empty where it is to be searched for.
    image : str
        Image id, empty for the first.
    grey : str
        Grey levels of pictures of more than 8 bits, see :meth:`core.datasets.CocoDataset.open`.
    box : str
        Rank of the proposal that a link leads to, empty for none.
    recall : RecallRule
        When an object is found.
    setup : Setup
        Declared last, since it takes all names of a link that no other field has taken.
    """

    dataset: str = fields.declared(DatasetPath(always=True), default=FIRST_DATASET)
    split: str = fields.text(always=True)
    images: str = fields.declared(fields.Text(), default="", kw_only=True)
    image: str = fields.text(always=True, of_dataset=True)
    grey: str = fields.text(AUTO)
    box: str = fields.rank()
    recall: RecallRule = fields.declared(
        fields.Settings(RecallRule, "recall"), default_factory=RecallRule, kw_only=True
    )
    setup: Setup = fields.declared(SetupField(), default_factory=lambda: Setup(top=TOP))
