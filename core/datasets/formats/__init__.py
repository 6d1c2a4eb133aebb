"""Data sets in formats other than COCO: recognised, read, and written as COCO.

A format is a file here and a row in :mod:`core.datasets.formats.table`.
"""
