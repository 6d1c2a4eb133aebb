"""The article's name for writing an export."""

import os
from concurrent.futures import Executor

from core.datasets import CocoDataset
from core.executors import SerialExecutor
from core.export.config import DatasetKind, ExportConfig
from core.export.export_run import run
from core.export.progress import Progress
from core.files import as_path
from core.pipeline import Setup
from core.proposers import SelectiveSearch
from core.sampling import Sampling


class ProposalBuilder:
    """Writes the labelled crops of a COCO data set by the article's rules.

    No picture is read before :meth:`build_proposal_set`.

    Parameters
    ----------
    coco_file_path, images_dir : path or URL
    """

    def __init__(self, coco_file_path: str | os.PathLike[str], images_dir: str | os.PathLike[str]) -> None:
        self.dataset = CocoDataset.open(as_path(coco_file_path), as_path(images_dir))

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.dataset)

    def build_proposal_set(
        self,
        kind: DatasetKind,
        out: str | os.PathLike[str],
        *,
        setup: Setup | None = None,
        sampling: Sampling | None = None,
        executor: Executor | None = None,
        anyway: bool = False,
    ) -> Progress:
        """Write the labelled crops to ``out/train`` or ``out/valid``.

        Parameters
        ----------
        kind : DatasetKind
        out : path or URL
        setup : Setup or None
            None for the article's: selective search without the box of the whole image, largest first,
            positive above an IoU of 0.5.
        sampling : Sampling or None
            None for the article's: every positive, and the negatives among the first 400 proposals.
        executor : Executor or None
            None to work in this process.
        anyway : bool
            Write what is certain of a data set that is refused as a whole, see :func:`core.export.run`.

        Returns
        -------
        Progress
            Of the finished export.
        """
        setup = setup or Setup(SelectiveSearch(whole_image=False), order="area")
        config = ExportConfig(self.dataset, DatasetKind(kind), setup, sampling or Sampling())
        *_, last = run(config, as_path(out), executor or SerialExecutor(), anyway=anyway)
        return last
