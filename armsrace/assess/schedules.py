"""Retraining schedules, whether they were solved or played: what they have in common."""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Named(Protocol):
    """Whatever has a name."""

    @property
    def name(self) -> str:
        """What it is called."""


One = TypeVar("One", bound=Named)


def named(schedules: Sequence[One], name: str) -> One:
    """The schedule of a name.

    Raises
    ------
    LookupError
        When there is none of the name; the message lists them.
    """
    for schedule in schedules:
        if schedule.name == name:
            return schedule
    known = ", ".join(schedule.name for schedule in schedules)
    raise LookupError(f"unknown schedule {name!r}; known are {known}")
