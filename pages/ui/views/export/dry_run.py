"""The dry runs of this server: one for each configuration, over proposed boxes that all of them share."""

from core.caching.memory import Once, nbytes
from core.datasets import CocoDataset
from core.export import DryRun, ExportConfig
from core.export.estimate.progressive import BOX_BYTES
from core.export.estimate.proposed import ProposedBoxes, base_setup, propose_boxes
from core.export.estimate.sizes import cuts_crops
from core.pipeline import Setup
from pages.ui.state import cached

_proposed = Once[ProposedBoxes](BOX_BYTES, lambda proposed: nbytes(proposed.boxes) + 500)
_runs = Once[DryRun](4)


def proposed_boxes(dataset: CocoDataset, index: int, setup: Setup) -> ProposedBoxes:
    """See :func:`core.export.estimate.proposed.propose_boxes`; kept for all label rules and samplings."""
    base = base_setup(setup)
    key = (*cached.image_key(dataset, index), repr(base))
    return _proposed.get(key, lambda: propose_boxes(base, dataset, index))


def dry_run(config: ExportConfig) -> DryRun:
    """Return the dry run of a configuration, the same one to all who ask."""
    dataset, setup = config.dataset, config.setup
    annotations = dataset.annotations
    changed = cached.changed(annotations)
    key = (str(annotations), changed, repr(setup), repr(config.sampling), cuts_crops(config))
    return _runs.get(
        key,
        lambda: DryRun(
            config,
            lambda index: proposed_boxes(dataset, index, setup),
            lambda index: cached.image(dataset, index),
        ),
    )
