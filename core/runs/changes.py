"""Which files of a data set changed while a run read them."""

from core.datasets import CocoDataset
from core.datasets.fingerprint import file_hashes

_NAMES = {"annotations_sha256": "the annotations", "pictures_sha256": "pictures"}


def changes(dataset: CocoDataset) -> list[str]:
    """Return in words which files have changed since the fingerprint of a data set was computed."""
    try:
        present = file_hashes(dataset.annotations, dataset.images_dir, dataset.paths)
    except FileNotFoundError:
        return [_NAMES["annotations_sha256"]]
    return [_NAMES[name] for name, digest in present.items() if digest != dataset.fingerprint[name]]
