"""What all pages share of what is chosen: the image, and the setup that gives its boxes."""

import dataclasses
import os
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from core import parameters
from core.pipeline import Setup
from core.proposers import PROPOSERS, AdaptiveThreshold
from pages.ui.state import fields
from pages.ui.state.fields import Field, State, Texts, read_settings, write_settings

# Boxes stop being readable beyond some 200.
TOP = 100

FIRST_DATASET = os.environ.get("BOXSCOPE_DATASET") or "sample"
"""Folder of the data set that is open before anybody has chosen one."""


class SetupField(Field):
    """A setup: its proposer by name, and all parameters by theirs."""

    def names(self, name: str, given: Set[str]) -> Set[str]:
        return set(given)  # only the proposer knows which names are its parameters

    def parse(self, name: str, texts: Mapping[str, str]) -> Setup:
        return Setup.parse({"top": str(TOP), **texts})

    def spell(self, name: str, value: Any) -> Texts:
        return value.spell()

    def left_out(self, name: str, default: Any, value: Any) -> Texts:
        usual = Setup(parameters.plain(value.proposer), top=TOP).spell()
        del usual["proposer"]  # a link always names it
        return usual

    def read(self, name: str, default: Any, state: State) -> Setup:
        proposer = PROPOSERS[state.get("proposer", AdaptiveThreshold.name)]
        return dataclasses.replace(
            read_settings(default, "setup", state),
            proposer=read_settings(proposer(), proposer.name, state),
            rule=read_settings(default.rule, "rule", state),
        )

    def write(self, name: str, value: Any, state: State) -> None:
        state["proposer"] = value.proposer.name
        for owner, part in (("setup", value), ("rule", value.rule), (value.proposer.name, value.proposer)):
            write_settings(part, owner, state)


@dataclass(frozen=True)
class Choice:
    """What every view depends on.

    Attributes
    ----------
    dataset : str
        Folder, as opened.
    split : str
        Name of its annotation file, empty for the first.
    image : str
        Image id, empty for the first.
    box : str
        Rank of the proposal that a link leads to, empty for none.
    setup : Setup
        Last, since of a link it takes all names that no other field has taken.
    """

    dataset: str = fields.text(FIRST_DATASET, always=True)
    split: str = fields.text(always=True)
    image: str = fields.text(always=True, of_dataset=True)
    box: str = fields.rank()
    setup: Setup = fields.declared(SetupField(), default_factory=lambda: Setup(top=TOP))
