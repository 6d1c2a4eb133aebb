"""The formats in which proposals are written."""

from core.export.results.base import ResultsFormat
from core.export.results.coco import Coco
from core.export.results.columns import Columns
from core.export.results.pickles import Detectron2, MMDetection

RESULTS: dict[str, ResultsFormat] = {
    form.name: form for form in (Coco(), Detectron2(), MMDetection(), Columns())
}

DEFAULT_RESULTS = Coco.name
