"""The formats, in the order in which they are asked."""

from core.datasets.formats.base import Format
from core.datasets.formats.labelme import LabelMe
from core.datasets.formats.masks import Masks
from core.datasets.formats.voc import PascalVoc
from core.datasets.formats.yolo import Yolo

FORMATS: dict[str, type[Format]] = {form.name: form for form in (PascalVoc, Yolo, LabelMe, Masks)}
