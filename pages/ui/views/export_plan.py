"""What an export would write, as it is chosen: Explore shows it crop by crop, the page Export runs it."""

import dataclasses
from dataclasses import dataclass

import streamlit as st

from core.cli.spelling import as_typed, export_command
from core.datasets import CocoDataset
from core.export import DEFAULT_FORMAT, FORMATS, DatasetKind
from core.export.config import SHARD_IMAGES
from core.pipeline import Setup
from core.sampling import Sampling
from pages.ui.state import fields, session
from pages.ui.state.choice import Choice
from pages.ui.state.roots import short


@dataclass(frozen=True)
class ExportPlan:
    """What an export would write, and where.

    Attributes
    ----------
    out : str
        Folder for exports.
    format : str
        How an export lies on disk: one of ``FORMATS``.
    export_top : bool
        Whether an export takes only the proposals that Explore shows.
    shard_images : int
        Images in a shard.
    sampling : Sampling
    """

    out: str = fields.text("proposals")
    format: str = fields.text(DEFAULT_FORMAT, words=tuple(FORMATS))
    export_top: bool = fields.switch()
    shard_images: int = fields.count(SHARD_IMAGES)
    sampling: Sampling = fields.settings(Sampling, "sampling")

    def setup(self, chosen: Choice) -> Setup:
        """Return the setup that the export runs with: all proposals, unless only the top ones are wanted."""
        return chosen.setup if self.export_top else dataclasses.replace(chosen.setup, top=0)

    @property
    def shards(self) -> int:
        """Images in a shard: as chosen where the format has shards that one sees, else the usual number."""
        return self.shard_images if FORMATS[self.format].sharded else SHARD_IMAGES


def plan() -> ExportPlan:
    """Read off the widgets what an export would write."""
    return session.read(ExportPlan)


def kind(split: str) -> DatasetKind:
    """Guess the kind of an export from the name of the split."""
    return DatasetKind.VALID if "val" in split or "test" in split else DatasetKind.TRAIN


def show_command(dataset: CocoDataset, chosen: Choice, plan: ExportPlan) -> None:
    """Show the command line that exports what the page shows."""
    st.caption("The same as a command")
    st.code(as_typed(command(dataset, chosen, plan)), language=None, wrap_lines=True)


def command(dataset: CocoDataset, chosen: Choice, plan: ExportPlan) -> list[str]:
    """Spell the export of what is chosen; see :func:`core.cli.spelling.export_command`."""
    return export_command(
        short(dataset.annotations),
        plan.out,
        kind(chosen.split),
        plan.setup(chosen),
        plan.sampling,
        format=plan.format,
        shard_images=plan.shards,
    )
