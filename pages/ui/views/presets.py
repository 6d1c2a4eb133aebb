"""The choice of a preset in the sidebar, and the list that saves, opens and downloads one."""

import streamlit as st

from core.errors import BoxscopeError
from core.presets import Preset, Source, text_of
from core.sampling import ARTICLE_TITLE, ARTICLE_URL
from pages.ui.state import preset_files, presets, session
from pages.ui.state.choice import Choice
from pages.ui.state.setups import name_of
from pages.ui.widgets.markdown import code, literal

_WHERE = {Source.DATASET: "beside the data set", Source.USER: "for me"}


def choose() -> None:
    """Draw the presets, with the one that the present setup is, and what saves the setup as one."""
    chosen = session.choice()
    offered, unreadable = presets.offered()
    by_key = {presets.key_of(preset): preset for preset in offered}
    st.selectbox(
        "Preset",
        list(by_key),
        format_func=lambda key: title(by_key[key]) if key in by_key else key,
        key=presets.seed(offered, chosen.setup),
        on_change=presets.apply_chosen,
        placeholder="own settings",
        help="Sets all below: the proposer and its parameters, the order, the label rule, the filters.\n\n"
        + "\n\n".join(f"**{literal(title(each))}** {literal(_described(each))}" for each in offered)
        + f"\n\nThe article is [{ARTICLE_TITLE}]({ARTICLE_URL}).",
    )
    for path, reason in unreadable:
        st.caption(f":material/warning: {code(path.name)} is no preset: {literal(reason)}")
    _keep(chosen)


def title(preset: Preset) -> str:
    """Return the name of a preset, and of one that is not built in where it is."""
    where = {Source.DATASET: "data set", Source.USER: "mine"}.get(preset.source)
    return f"{preset.name} · {where}" if where else preset.name


def _described(preset: Preset) -> str:
    return f"{preset.summary}: {name_of(preset.setup)}" if preset.summary else name_of(preset.setup)


def _keep(chosen: Choice) -> None:
    with st.popover("Save as preset …", icon=":material/bookmark_add:", width="stretch"):
        _save(chosen)
        _say()
        try:
            text = text_of(presets.to_save(chosen.setup), presets.WRITER)
        except BoxscopeError as error:
            st.caption(literal(error))
        else:
            st.download_button(
                "Download",
                text,
                file_name=f"{chosen.setup.proposer.name}.toml",
                mime="application/toml",
                icon=":material/download:",
                on_click="ignore",
                help="The present settings as TOML; commands take it by `--preset FILE.toml`.",
            )
        st.file_uploader(
            "Or apply a preset's file",
            type="toml",
            max_upload_size=1,
            key=presets.upload_key(),
            on_change=presets.open_uploaded,
            help="A file that *Download* gave, here or elsewhere. Save it to keep it.",
        )


def _save(chosen: Choice) -> None:
    folders = preset_files.save_folders(chosen)
    with st.form(session.page_key("preset", "form"), border=False):
        st.text_input("Name", key=presets.seed_name(), max_chars=60, placeholder="thin cracks")
        st.radio(
            "Where",
            list(folders),
            format_func=lambda source: _WHERE[source],
            captions=[code(folder) for folder in folders.values()],
            key=presets.seed_where(dict(folders)),
        )
        st.form_submit_button("Save", icon=":material/save:", on_click=presets.save)


def _say() -> None:
    """Draw what saving or opening has led to; a name that is taken is replaced on a click."""
    made = presets.outcome()
    if made is not None and made.is_wrong:
        st.error(literal(made.text), icon=":material/error:")
        if made.taken:
            st.button("Replace it", on_click=presets.save, kwargs={"overwrite": True})
    elif made is not None:
        st.caption(f":material/check: {literal(made.text)}")
