"""Refused settings in the words of the page."""

import re

from core.errors import BoxscopeError
from core.labelling import LabelRule
from core.parameters import parameters

_LABELS = {spec.name: spec.label for spec in parameters(LabelRule)}
_NAMES = re.compile(rf"\b({'|'.join(_LABELS)})\b")


def in_words(error: BoxscopeError) -> str:
    """Return the text of an error, with the labels of the label rule's parameters in place of their names."""
    return _NAMES.sub(lambda name: f"“{_LABELS[name[0]]}”", str(error))
