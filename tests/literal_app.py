"""A page that shows each of the texts of the file that its argument names, in every kind of element."""

import json
import sys
from pathlib import Path

import streamlit as st

from pages.ui.widgets.markdown import code, literal

for number, text in enumerate(json.loads(Path(sys.argv[1]).read_text())):
    shown = literal(text)
    for kind in ("error", "inside", "bold", "caption", "code", "button", "metric", "expander", "progress"):
        with st.container(key=f"{kind}-{number}"):
            match kind:
                case "error":
                    st.error(shown, icon=":material/error:")
                case "inside":
                    st.markdown(f"**all** of {shown}, and `more`")
                case "bold":
                    st.markdown(f"**{shown}** :gray[{shown}]")
                case "caption":
                    st.caption(shown)
                case "code":
                    st.caption(f"in {code(text)} here")
                case "button":
                    st.button(shown, key=f"button {number}")
                case "metric":
                    st.metric(shown, 1)
                case "expander":
                    st.expander(shown)
                case "progress":
                    st.progress(0.5, text=shown)
st.text("all shown")
