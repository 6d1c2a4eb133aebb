"""What is chosen, its spelling in the URL, and cached twins of core functions."""
