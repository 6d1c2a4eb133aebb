"""Units of boxes: which unit a file's boxes are in, and which boxes disagree with what else is known."""
