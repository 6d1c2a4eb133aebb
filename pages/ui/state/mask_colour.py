"""The colour of masks, of the picture that the server draws and of the legend below it."""

# No concrete has this hue, and no box.
MASK = "#FF3DD8"
