"""One image: its truth, its proposals, how they came to be, and a crop as the export would write it."""

import streamlit as st

from core.errors import BoxscopeError
from core.evaluation import best_overlap
from pages.ui import cached, explore, notices, state

chosen = state.choice()
opened = notices.opened_dataset(chosen)

places = explore.matching(opened, chosen.find)
place = explore.choose_image(opened, chosen, places)
try:
    proposals = cached.proposals(opened, place, explore.whole(chosen.setup))
except BoxscopeError as error:
    st.error(str(error), icon=":material/broken_image:")
    raise notices.PageEnded from error
shown = proposals.first(chosen.setup.top or len(proposals.boxes))
truth = opened.truth(place)
best = best_overlap(shown.boxes, truth)

picture, beside = st.columns([14, 5], gap="small")
with picture:
    seen = explore.picture(opened, place, places, shown, truth, best.found(chosen.setup.rule))
with beside:
    explore.figures(proposals, shown, best, chosen.setup.rule)
    explore.objects_table(opened, truth, best, chosen.setup.rule)
    explore.crop(opened, place, shown, truth, chosen.sampling, seen.picked)
    if seen.painted:
        explore.histogram(shown, chosen.setup.rule)
explore.stages(opened, place, chosen)
if seen.painted:
    notices.command(opened, chosen)
