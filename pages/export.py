"""The export: what would be written, and the run that writes it."""

import streamlit as st

from core.export import ExportFolder
from pages.ui import export, notices, state
from pages.ui.roots import short

chosen = state.choice()
opened = notices.opened_dataset(chosen)
split = notices.kind(chosen.split)

st.title("Export")
st.markdown(
    f"Labelled crops of the proposals on **{len(opened)} images** of "
    f"`{short(opened.annotations)}`, by **{chosen.setup.proposer.name}** as set on the left."
)
settings, run = st.columns([1, 2], gap="large")
with settings:
    folder_text = export.sampling_controls(chosen)
chosen = state.choice()
config = export.configuration(opened, split, chosen)
with run:
    folder = export.output_folder(folder_text, split)
    if folder is not None and config is not None:
        export.dry_run(config)
        export.job(config, ExportFolder(folder / split), notices.export_words(opened, chosen))
notices.command(opened, chosen)
