"""Tables of plain text."""

import math
from collections.abc import Iterable, Sequence


def table(header: Sequence[str], columns: Sequence[Sequence[str]], *, left: int = 0) -> str:
    """Lay out columns of words under their names.

    Parameters
    ----------
    header
        A name for each column; an underscore may break it over several lines.
    columns
        The words of each column, equally many in all.
    left
        How many columns, from the first, are aligned to the left; the others to the right.

    Examples
    --------
    >>> print(table(["action", "fp_rate"], [["hold", "retrain"], ["0.1", "12.5"]], left=1))
             fp_
    action   rate
    hold      0.1
    retrain  12.5
    """
    names = [name.replace("_", "_\n").split("\n") for name in header]
    height = max(map(len, names))
    cells = [
        [*[""] * (height - len(name)), *name, *column]
        for name, column in zip(names, columns, strict=True)
    ]
    widths = [max(map(len, column)) for column in cells]
    lines = []
    for row in zip(*cells, strict=True):
        words = [
            word.ljust(width) if place < left else word.rjust(width)
            for place, (word, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(words).rstrip())
    return "\n".join(lines)


def numerals(values: Sequence[float]) -> list[str]:
    """Write numbers with equally many decimals: none for integers, else four digits of the largest.

    Examples
    --------
    >>> numerals([3.0, 12.0]), numerals([0.5, -12.25])
    (['3', '12'], ['0.50', '-12.25'])
    """
    if all(float(value).is_integer() for value in values):
        return [f"{value:.0f}" for value in values]
    places = decimals(values, digits=4)
    return [f"{value:.{places}f}" for value in values]


def decimals(values: Iterable[float], *, digits: int) -> int:
    """How many decimals show so many significant digits of the largest finite number.

    Examples
    --------
    >>> decimals([0.012, 0.0034], digits=2), decimals([1234.5], digits=2)
    (3, 0)
    """
    sizes = [abs(value) for value in values if math.isfinite(value) and value]
    return max(0, digits - 1 - math.floor(math.log10(max(sizes, default=1.0))))
