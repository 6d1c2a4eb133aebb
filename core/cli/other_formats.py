"""What is said of a data set that was read from another format than COCO."""

import shlex

from core.cli.terminal import print_message
from core.datasets import CocoDataset
from core.datasets.formats import kept
from core.datasets.formats.base import ALL


def say_converted(opened: CocoDataset) -> None:
    """Say that a data set was read from another format, and which command writes it as COCO."""
    if converted := kept.of(opened.annotations):
        split = "" if converted.split == ALL else f" --split {shlex.quote(converted.split)}"
        command = f"convert {shlex.quote(converted.folder)} OUT.json{split}"
        print_message(f"{converted.text()}: `{command}` names the notes and writes COCO")
