"""The dry runs of this server, one for each configuration, with proposals from one store."""

from core.caching.memory import MemoryCache
from core.export import DryRun, ExportConfig
from core.export.estimate.proposed import stored_boxes
from core.export.estimate.sizes import cuts_crops
from pages.ui.state import cached

_runs = MemoryCache[DryRun](4)


def dry_run(config: ExportConfig) -> DryRun:
    """Return the dry run of a configuration, the same object at every call."""
    dataset, setup = config.dataset, config.setup
    settings = (repr(setup), setup.proposer.state(), repr(config.sampling), cuts_crops(config))
    key = (*cached.dataset_key(dataset), *settings)
    return _runs.get(
        key,
        lambda: DryRun(
            config,
            lambda index: stored_boxes(cached.store, setup, dataset, index),
            lambda index: cached.image(dataset, index),
        ),
    )
