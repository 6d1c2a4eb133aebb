"""The page Compare: two setups on one image, and where they differ over the whole data set."""
