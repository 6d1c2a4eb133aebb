"""Files here or behind a URL: paths, whole writes, locks."""
