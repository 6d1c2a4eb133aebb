"""The data set: open one by its folder, see what is wrong with it, make the sample set."""

import streamlit as st

from pages.ui.views import dataset

st.title("Data set")
dataset.open_folder()
dataset.draw()
