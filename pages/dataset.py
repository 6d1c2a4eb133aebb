"""The data set: open one by its folder, see what is wrong with it, make the sample set."""

import streamlit as st

from pages.ui import dataset, notices, state

st.title("Data set")
dataset.open_folder()
chosen = state.choice()
if dataset.is_open(chosen):
    opened = notices.opened_dataset(chosen)
    dataset.report(opened)
else:
    dataset.offer_sample(chosen)
