"""The data set: open one by its folder or file, see what is wrong with it, make the sample set."""

import streamlit as st

from pages.ui.views import dataset, known_datasets, open_dataset

st.title("Data set")
readable = open_dataset.draw()
known_datasets.draw()
if readable:
    dataset.draw()
