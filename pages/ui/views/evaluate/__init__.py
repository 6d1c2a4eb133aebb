"""The page Evaluate: setups measured over the whole data set, and where they fail."""
