"""The taxonomy of attacks of Barreno et al. (2006): influence x specificity x violation.

*Influence*: a **causative** attack alters the training data, an **exploratory** one only probes
and evades the trained model. *Specificity*: a **targeted** attack is about one point or a small
set, an **indiscriminate** one about any. *Violation*: an attack on **integrity** gets malicious
traffic through (false negatives), one on **availability** gets honest traffic blocked (false
positives).

The article's second table names, cell by cell, the defenses it proposes; detection,
disinformation and honeypots it discusses across cells. The names of today's vocabularies are
given beside the article's (NIST AI 100-2 speaks of poisoning and evasion, with integrity and
availability violations; MITRE ATLAS lists techniques by an identifier).

References
----------
Barreno, M., Nelson, B., Sears, R., Joseph, A. D., Tygar, J. D. (2006). Can machine
learning be secure? ASIACCS.
"""

from dataclasses import dataclass
from enum import Enum
from itertools import product
from typing import Final, final


@final
class Influence(Enum):
    """Whether the attack touches the training data."""

    CAUSATIVE = "causative"
    EXPLORATORY = "exploratory"


@final
class Violation(Enum):
    """Which error the attack is after."""

    INTEGRITY = "integrity"
    AVAILABILITY = "availability"


@final
class Specificity(Enum):
    """Whether the attack is about particular points or about any."""

    TARGETED = "targeted"
    INDISCRIMINATE = "indiscriminate"


@final
@dataclass(frozen=True)
class Cell:
    """One of the eight kinds of attack.

    Examples
    --------
    >>> str(Cell.of("causative availability indiscriminate"))
    'causative availability indiscriminate'
    """

    influence: Influence
    violation: Violation
    specificity: Specificity

    @classmethod
    def of(cls, name: str) -> "Cell":
        """Read a cell from its three words, in the order influence, violation, specificity.

        Raises
        ------
        LookupError
            When it is not one of the eight; the message lists them.
        """
        for cell in CELLS:
            if str(cell) == name:
                return cell
        raise LookupError(f"unknown cell {name!r}; the cells are {', '.join(map(str, CELLS))}")

    def __str__(self) -> str:
        return f"{self.influence.value} {self.violation.value} {self.specificity.value}"

    @property
    def modern_name(self) -> str:
        """The kind of attack in words close to those of NIST AI 100-2."""
        targeted = self.specificity is Specificity.TARGETED
        integrity = self.violation is Violation.INTEGRITY
        if self.influence is Influence.EXPLORATORY and not integrity:
            return f"{self.specificity.value} availability attack at deployment time"
        step = "poisoning" if self.influence is Influence.CAUSATIVE else "evasion"
        if targeted:
            return f"targeted {step}" if integrity else f"targeted availability {step}"
        return f"{self.violation.value} {step}"


CELLS: Final = tuple(Cell(*words) for words in product(Influence, Violation, Specificity))

ARTICLE_DEFENSES: Final = {
    Cell.of("causative integrity targeted"): ("regularization", "randomization"),
    Cell.of("causative integrity indiscriminate"): ("regularization",),
    Cell.of("causative availability targeted"): ("regularization", "randomization"),
    Cell.of("causative availability indiscriminate"): ("regularization",),
    Cell.of("exploratory integrity targeted"): ("information hiding", "randomization"),
    Cell.of("exploratory integrity indiscriminate"): ("information hiding",),
    Cell.of("exploratory availability targeted"): ("information hiding",),
    Cell.of("exploratory availability indiscriminate"): ("information hiding",),
}
"""The defenses that the article's table proposes for each cell."""

CROSS_CUTTING_DEFENSES: Final = ("detection", "disinformation", "honeypot")
"""The defenses that the article discusses in its text without assigning them to a cell."""

DEFENSES: Final = (
    "regularization",
    "randomization",
    "detection",
    "disinformation",
    "honeypot",
    "information hiding",
)
"""The six defenses that the article speaks of."""
