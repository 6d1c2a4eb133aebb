"""One line that counts up while work goes on."""

from typing import TextIO


class Counter:
    """Says how far something is: one line rewritten on a terminal, a new line now and then elsewhere.

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

    def __call__(self, done: int, total: int, words: str = "") -> None:
        """Show how many are done, every twentieth at least."""
        text = f"{done}/{total} {self.unit}  {words}"
        if self.live:
            self._write(f"\r{text:<78}")
        elif done == total or done / max(total, 1) - self.shown >= 0.05:
            self._write(f"{text}\n")
        else:
            return
        self.shown = done / max(total, 1)

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()
