"""The ways a race can go."""

from enum import Enum


class Course(Enum):
    """Where naive best response leads, from where a race starts."""

    CONVERGES = "converges"
    """It comes to rest."""

    CYCLES = "cycles"
    """It repeats itself, with a period."""

    ESCALATES = "escalates"
    """It leaves every bound."""

    UNSETTLED = "is unsettled"
    """None of these within the steps that were taken."""


def told(course: Course, period: int | None) -> str:
    """A course in words.

    Examples
    --------
    >>> told(Course.CYCLES, 4)
    'cycles with period 4'
    """
    return course.value if period is None else f"{course.value} with period {period}"
