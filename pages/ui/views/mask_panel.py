"""A folder of masks: one picture through the stages to its objects, the settings, and the COCO file."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core import wording
from core.cli.spelling import as_typed, convert_command
from core.datasets.formats.base import ALL
from core.datasets.formats.conversion import Converted
from core.datasets.mask_folders.preview import Preview
from core.datasets.mask_folders.settings import MaskSettings
from core.errors import BoxscopeError
from pages.ui.state import masks, opened, session
from pages.ui.state.choice import Choice
from pages.ui.state.masks import OWNER, Opened
from pages.ui.state.roots import resolve_quietly, short
from pages.ui.views import notices
from pages.ui.widgets import controls
from pages.ui.widgets.markdown import code, literal
from pages.ui.widgets.problems import problem_table
from pages.ui.widgets.to_copy import to_copy

_WRITTEN = session.page_key("masks", "written")
_NUMBER = session.page_key("masks", "number")

_JOINING = ("threshold", "closing", "join", "min_area")
_HOW = ("connectivity", "join_by")
_MEANING = ("kind", "inverted", "category", "classes")
_WRITING = ("outlines", "unmasked", "resize")


# Pictures that cannot be used, and areas of objects, that are named.
_MOST = 5
# Stages side by side.
_COLUMNS = 3


def draw(chosen: Choice) -> bool:
    """Draw the panel where the chosen data set is a folder of masks; return whether it is one."""
    folder = masks.opened(chosen.dataset)
    if folder is None:
        return False
    st.subheader("Folder of masks", divider="gray")
    pairing = folder.found.pairing
    text = f"{wording.count(len(folder.pairs), 'picture')} with a mask ({', '.join(pairing.habits[:3])})"
    if pairing.unmasked:
        text += f", {wording.count(len(pairing.unmasked), 'picture')} without one"
    looked = f"{folder.found.alike} of {folder.found.looked_at} looked at are masks by their pixels"
    st.markdown(literal(f"{text}; {looked}."))
    st.caption("What is set here decides what truth is; it is stored with the annotations.")
    st.fragment(_panel)(folder)
    return True


def draw_written(chosen: Choice) -> None:
    """Draw what was left out and noted where the chosen data set was just written here."""
    done: list[Converted] = session.remembered(_WRITTEN) or []
    if not done or resolve_quietly(chosen.dataset) not in (done[0].out, done[0].folder):
        return
    for one in done:
        left_out = one.found - one.images
        rest = f", {wording.count(left_out, 'picture')} or mask left out" if left_out else ""
        st.success(literal(f"Written: {short(Path(one.out))}, {one.text()}{rest}."), icon=":material/check:")
        if one.notes:
            with st.expander("Notes"):
                problem_table(one.notes, Path(one.folder), f"{one.split} notes.csv")


def _panel(folder: Opened) -> None:
    """Draw what a moved slider draws again."""
    left, right = st.columns([1, 3], gap="medium")
    with left, st.container(key=session.part("settings")):
        _settings()
    with right, notices.errors_drawn():
        chosen = masks.settings()
        decided = masks.meaning(folder, chosen)
        notes = "; ".join(decided.notes)
        st.caption(literal(f"{notes[:1].upper()}{notes[1:]}."))
        index = _picture(folder)
        with notices.errors_drawn():
            _stages(masks.shown(folder, index, chosen, decided))
        some = masks.of_some(folder, chosen, decided)
        st.caption(literal(f"Over {wording.count(some.pictures, 'picture')}: {some.text()}."))
        if some.failed:
            st.warning("  \n".join(map(literal, some.failed[:_MOST])), icon=":material/warning:")
        _writing(folder, chosen)


def _settings() -> None:
    default = MaskSettings()
    controls.live_settings(default, OWNER, only=_JOINING)
    controls.settings(default, OWNER, only=_HOW)
    with st.expander("What pixels mean"):
        controls.settings(default, OWNER, only=_MEANING)
    with st.expander("What is written"):
        controls.settings(default, OWNER, only=_WRITING)


def _picture(folder: Opened) -> int:
    """Draw which picture is shown, and the ways to others; return its index."""
    count = len(folder.pairs)
    number = min(session.remembered(_NUMBER) or 1, count)
    session.remember(_NUMBER, number)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _step("Previous", "chevron_left", number - 1, number > 1)
        _step("Next", "chevron_right", number + 1, number < count)
        st.number_input(
            "Picture", 1, count, key=_NUMBER, label_visibility="collapsed", width=120, help="Its number."
        )
        pair = folder.pairs[number - 1]
        st.caption(f"of {count:,}: {code(pair.image)} with {code(pair.mask or '')}")
    return number - 1


def _step(label: str, icon: str, number: int, possible: bool) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        on_click=session.remember,
        args=(_NUMBER, number),
        disabled=not possible,
    )


def _stages(shown: Preview) -> None:
    stages = [*shown.stages.items()]
    for start in range(0, len(stages), _COLUMNS):
        columns = st.columns(_COLUMNS, gap="small")
        for column, (name, picture) in zip(columns, stages[start:], strict=False):
            column.image(picture, caption=name, width="stretch")
    areas = f": {', '.join(f'{area:,}' for area in shown.areas[:_MOST])} px²" if shown.areas else ""
    areas += " and more" if len(shown.areas) > _MOST else ""
    small = f"; {wording.count(shown.small, 'object')} left out as too small" if shown.small else ""
    st.markdown(f"**{wording.count(shown.objects, 'object')}**{literal(areas + small)}")


def _writing(folder: Opened, chosen: MaskSettings) -> None:
    """Draw the button that writes the COCO file, and the command that does the same."""
    outputs = masks.outputs(folder)
    named = " and ".join(code(short(out)) for out in outputs.values())
    replaced = any(out.exists() for out in outputs.values())
    if st.button("Write COCO", type="primary", icon=":material/save:"):
        _write(folder, chosen, outputs)
    where = "which it replaces" if replaced else "beside the folders"
    st.caption(
        f"Writes {named}, {where}, and opens it. Until then the other pages read the masks by the default "
        "settings. The command does the same:"
    )
    for split, out in outputs.items():
        command = convert_command(
            short(folder.found.folder),
            short(out),
            "masks",
            "" if split == ALL else split,
            masks.changes(chosen),
        )
        to_copy(as_typed(command))


def _write(folder: Opened, chosen: MaskSettings, outputs: dict[str, Path]) -> None:
    bar = st.progress(0.0, text="Reading masks …")
    done: list[Converted] = []
    try:
        for split, out in outputs.items():
            done.append(masks.write(folder, chosen, split, out, _moving(bar.progress)))
    except BoxscopeError as error:
        st.error(literal(error), icon=":material/error:")
        return
    first = done[0]
    images = first.images_dir if len(done) == 1 and masks.needs_images(first) else ""
    opened.request_open(first.out if len(done) == 1 else first.folder, images)
    session.remember(_WRITTEN, done)
    st.rerun()


def _moving(show: Callable[..., object]) -> Callable[[int, int], object]:
    """Return what moves a bar by whole percents: a message for each of 11,000 pictures would cost seconds."""

    def moved(done: int, total: int) -> None:
        if done == total or done * 100 // max(total, 1) > (done - 1) * 100 // max(total, 1):
            show(min(done / max(total, 1), 1.0), text=f"{done:,} of {total:,} pictures")

    return moved
