"""The plan of an export, as chosen: Explore shows its crops, the page Export runs it."""

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
from pages.ui.widgets.to_copy import to_copy


@dataclass(frozen=True)
class ExportPlan:
    """What an export writes, and where.

    Attributes
    ----------
    out : str
        Folder for exports.
    format : str
        Format on disk: one of ``FORMATS``.
    export_top : bool
        Whether an export takes only the proposals that Explore shows.
    shard_images : int
        Images in a shard.
    sampling : Sampling
    """

    out: str = fields.text("proposals")
    format: str = fields.text(DEFAULT_FORMAT, allowed=tuple(FORMATS))
    export_top: bool = fields.switch()
    shard_images: int = fields.count(SHARD_IMAGES)
    sampling: Sampling = fields.settings(Sampling, "sampling")

    def setup(self, chosen: Choice) -> Setup:
        """Return the setup of the export, without a limit to the top proposals unless `export_top`."""
        return chosen.setup if self.export_top else dataclasses.replace(chosen.setup, top=0)

    @property
    def shards(self) -> int:
        """Images in a shard: as chosen where the format writes shards, else the default."""
        return self.shard_images if FORMATS[self.format].sharded else SHARD_IMAGES


def plan() -> ExportPlan:
    """Return the plan of the export, read from the widgets."""
    return session.read(ExportPlan)


def kind(split: str) -> DatasetKind:
    """Return the kind of an export, guessed from the name of the split."""
    return DatasetKind.VALID if "val" in split or "test" in split else DatasetKind.TRAIN


def show_command(dataset: CocoDataset, chosen: Choice, plan: ExportPlan) -> None:
    """Draw the command line that exports what the page shows."""
    st.caption("Command line for this export")
    to_copy(as_typed(command(dataset, chosen, plan)))


def command(dataset: CocoDataset, chosen: Choice, plan: ExportPlan) -> list[str]:
    """Return the command of the chosen export, see :func:`core.cli.spelling.export_command`."""
    return export_command(
        short(dataset.annotations),
        plan.out,
        kind(chosen.split),
        plan.setup(chosen),
        plan.sampling,
        images_dir=short(dataset.images_dir) if chosen.images else None,
        format=plan.format,
        shard_images=plan.shards,
        levels=dataset.levels,
        follow_links=dataset.follow_links,
    )
