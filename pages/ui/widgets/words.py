"""Numbers with their words."""


def counted(number: int, thing: str) -> str:
    """Give a number of things as a person says it: ``1 crop``, ``2,000 crops``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
