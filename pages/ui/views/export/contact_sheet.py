"""The contact sheet of an export: some crops of each bin of IoU, as an export would write them."""

import dataclasses
import html
from urllib.parse import urlencode

import streamlit as st

from core import wording
from core.datasets import CocoDataset
from core.export import DryRunState, ExportConfig
from core.export.estimate import contact_sheet
from core.labelling import KINDS, NEGATIVE, POSITIVE
from core.sampling import Source
from pages.ui.components.colours import LABELS
from pages.ui.server import crop_previews
from pages.ui.state import image_ids
from pages.ui.state.choice import Choice
from pages.ui.state.choices import Choices
from pages.ui.views.export.choices import VIEWS, ExportChoice


def sheet(config: ExportConfig, state: DryRunState, chosen: Choices) -> None:
    """Draw the crops, the highest IoU first; a click opens the image in Explore."""
    scale = state.estimate.images / max(state.shown_images, 1)
    rows: list[str] = []
    empty: int | None = None
    for number in reversed(range(contact_sheet.BINS)):
        if not state.examples[number]:  # adjacent empty bins share a row
            empty = number + 1 if empty is None else empty
            rows = rows if empty == number + 1 else rows[:-1]
            rows.append(_row(number, empty, "", "<small>none</small>"))
            continue
        empty = None
        count = round(int(state.written[number]) * scale)
        text = f"{'' if scale == 1 else '≈ '}{count:,} {'crop' if count == 1 else 'crops'}"
        crops = "".join(_crop(config, crop, chosen) for crop in state.examples[number])
        rows.append(_row(number, number + 1, text, crops))
    legend = " ".join(
        f'<i style="background: {LABELS[kind]}"></i>{KINDS[kind]}' for kind in (POSITIVE, NEGATIVE)
    )
    st.html(f'<section class="contact"><p>{legend}</p>{"".join(rows)}</section>')


def _row(low: int, high: int, text: str, crops: str) -> str:
    name = f"{low / contact_sheet.BINS:.1f} – {high / contact_sheet.BINS:.1f}"
    empty = "" if text else ' class="empty"'
    return f"<div{empty}><header>{name}<small>{text}</small></header><div>{crops}</div></div>"


def _crop(config: ExportConfig, crop: contact_sheet.ExampleCrop, chosen: Choices) -> str:
    dataset, source = config.dataset, Source(crop.source)
    descriptions = {
        Source.PROPOSAL: f"rank {crop.rank}",
        Source.TRUTH: "ground truth",
        Source.JITTER: "jittered",
    }
    name, kind = dataset.file_names[crop.image_index], KINDS[crop.kind]
    title = f"{name}: {descriptions[source]}, IoU {wording.iou(crop.iou)}, {kind}"
    address = crop_previews.address(dataset, crop.image_index, crop.box, config.sampling.cut)
    return (
        f'<a href="{html.escape(link(dataset, crop, chosen))}" target="_self" '
        f'title="{html.escape(title, quote=True)}">'
        f'<img src="{html.escape(address)}" alt="{html.escape(title, quote=True)}" loading="lazy" '
        f'style="border-color: {LABELS[crop.kind]}"><small>{wording.iou(crop.iou)}</small></a>'
    )


def link(dataset: CocoDataset, crop: contact_sheet.ExampleCrop, chosen: Choices) -> str:
    """Return the address of a crop's image in Explore, with its box selected where it is a proposal."""
    view = dataclasses.replace(chosen.of(Choice), image=image_ids.text_of(dataset, crop.image_index), box="")
    if crop.source == Source.PROPOSAL:
        top = view.setup.top and max(view.setup.top, crop.rank + 1)  # enough for the box to be shown
        setup = dataclasses.replace(view.setup, top=top)
        view = dataclasses.replace(view, box=str(crop.rank), setup=setup)
    back = dataclasses.replace(chosen.of(ExportChoice), view=VIEWS[0])
    query = chosen.replace(view, back).spell()
    query.pop("display", None)  # of another image
    return f"./?{urlencode(query)}"
