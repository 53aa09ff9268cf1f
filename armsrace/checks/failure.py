"""What a check says when a plug-in fails it."""

from typing import final


@final
class CheckFailed(AssertionError):  # noqa: N818 - it reads as the sentence it is
    """A plug-in breaks a rule; the message is a sentence that says which, and how."""


def require(holds: bool, sentence: str) -> None:
    """Fail with a sentence unless a rule holds.

    Raises
    ------
    CheckFailed
        When it does not.
    """
    if not holds:
        raise CheckFailed(sentence)
