"""Rates: the adversary's share of the training traffic.

A *rate* nu is the adversary's share of the traffic after it has acted: against n honest rows it
adds nu n / (1 - nu) rows of its own (rounded).
"""


def check_share(name: str, value: float, *, below_one: bool = False) -> None:
    """Refuse what is not a share.

    Raises
    ------
    ValueError
        When the value is outside [0, 1], or is 1 where that is excluded.
    """
    if not 0 <= value <= 1 or (below_one and value == 1):
        interval = "[0, 1)" if below_one else "[0, 1]"
        raise ValueError(f"{name} must be in {interval}, got {value}")


def effort(rate: float, honest: int) -> int:
    """Rows that make up a share `rate` of the traffic when added to `honest` rows.

    Examples
    --------
    >>> effort(0.01, 99), effort(0.5, 10)
    (1, 10)
    """
    return round(rate * honest / (1 - rate))
