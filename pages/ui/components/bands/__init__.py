"""The label rule as one slider: three thumbs on the bands of IoU, which cannot contradict each other."""

from collections.abc import Callable
from pathlib import Path

from core.labelling import LabelRule
from core.parameters import parameters
from pages.ui.components.colours import FOR_SCRIPTS
from pages.ui.components.declare import declare

HERE = Path(__file__).parent

NAMES = ("negative_from", "negative_below", "iou")
"""The parameters of a label rule that it draws, in the order of the thumbs."""

_SHORT = ("Negative from", "Negative below", "Positive above")

_mount = declare(
    HERE,
    '<div class="numbers bands" role="group" aria-label="Labels by IoU"></div>',
    {"colours": FOR_SCRIPTS},
)


def bands(*, key: str, rule: LabelRule, received: str | None, on_change: Callable[[], None]) -> None:
    """Draw the bands of a label rule. The viewer follows a drag; Python is sent the values on release.

    Its state ``sent`` is as that of :func:`pages.ui.components.sliders.sliders`.

    Parameters
    ----------
    key : str
        Key of the element.
    rule : LabelRule
    received : str or None
        Serial of the last message that Python received.
    on_change : callable
        Called before the script when a value has been set.
    """
    specs = {spec.name: spec for spec in parameters(rule)}
    _mount(
        key=key,
        data={
            "key": key,
            "received": received,
            # A tuple, and no dict beside it: Streamlit would import pandas to see whether it is a dataframe.
            "thumbs": tuple(
                {
                    "name": name,
                    "short": short,
                    "label": specs[name].label,
                    "help": specs[name].help,
                    "value": getattr(rule, name),
                }
                for name, short in zip(NAMES, _SHORT, strict=True)
            ),
            "step": specs["iou"].step,
            "lowest": specs["iou"].min,
        },
        on_sent_change=on_change,
    )
