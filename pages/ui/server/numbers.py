"""Whole numbers in addresses, of so few digits that every array takes them as an index."""

from starlette.convertors import Convertor, register_url_convertor

PATTERN = "[0-9]{1,15}"


class _Number(Convertor[int]):
    """A whole number as a part of a path."""

    regex = PATTERN

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", _Number())
