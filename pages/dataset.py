"""The data set: open one by its folder, see what is wrong with it, make the sample set."""

import streamlit as st

from pages.ui.state import session
from pages.ui.views import dataset, notices

st.title("Data set")
dataset.open_folder()
chosen = session.choice()
wrong = dataset.why_closed(chosen)
if wrong is None:
    dataset.report(notices.opened_dataset(chosen, link=False))
else:
    notices.not_open(chosen, wrong, link=False)
    dataset.offer_sample()
