"""The data set: open one by its folder or file, see what is wrong with it, make the sample set."""

import streamlit as st

from pages.ui.views import dataset, open_dataset

st.title("Data set")
if open_dataset.draw():
    dataset.draw()
