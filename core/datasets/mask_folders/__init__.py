"""Folders of masks: which mask belongs to which picture, what its pixels mean, and the objects in it.

The way of a mask: its values as stored, by class the pixels that are foreground, closed, the connected
pieces, pieces that are near each other joined to objects, boxes and outlines. Closing and joining decide
which pixels are one object; they add no pixel to it.
"""
