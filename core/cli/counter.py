"""Progress as a line of text that counts up."""

from typing import TextIO


class Counter:
    """Shows the progress of work: one line that is overwritten on a terminal, else a new line every 5 %.

    Parameters
    ----------
    unit : str
        What is counted.
    stream : text stream
    """

    def __init__(self, unit: str, stream: TextIO) -> None:
        self.unit = unit
        self.stream = stream
        self.live = stream.isatty()
        self.shown = -1.0

    def __enter__(self) -> "Counter":
        return self

    def __exit__(self, *error: object) -> None:
        if self.live and self.shown >= 0:
            self._write("\n")

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Show how many are done, with a note."""
        text, share = f"{done}/{total} {self.unit}  {note}", done / max(total, 1)
        if self.live:
            self._write(f"\r{text:<78}")
        elif share - self.shown >= 0.05 or (done == total and share > self.shown):
            self._write(f"{text}\n")
        else:
            return
        self.shown = share

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()
