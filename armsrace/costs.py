"""From counted events to payoffs.

A round is settled in two stages. First it is *counted*: a `Tally` holds the events of the
round, so many of each kind. Then the tally is *priced*: `Prices` says what one event of each
kind is worth, and a payoff is their inner product. `Costs` holds one price list a role, in the
user's own units: what an event costs the learner, and what it brings the adversary. ::

    learner's payoff   = - sum_e  costs.learner[e]   * tally[e]
    adversary's payoff = + sum_e  costs.adversary[e] * tally[e]

What an attack costs the adversary is a negative price in its list. The game is zero-sum exactly
when the two lists are equal: then what the adversary spends counts as the learner's gain. That
changes no best reply of the adversary; but it flatters a defense that is merely expensive to
attack. So costs say which part of the lists is *spent* by the adversary, and `Costs.own_loss` is
what the learner itself loses: by errors and by its own expenses. Since payoffs are linear in the
tally, a history can be priced anew without playing it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from armsrace.batch import Batch, Mask
from armsrace.verdicts import Verdicts


@final
@dataclass(frozen=True, slots=True)
class Tally:
    """What happened in one round, counted.

    Attributes
    ----------
    tp, fp, tn, fn
        Faced rows by truth and verdict; positive = malicious.
    unsure_malicious, unsure_honest
        Faced rows on which the verdict abstained.
    target_errors, target_unsure
        Target rows (which are among the faced ones, too) that got the wrong verdict, or none.
    offered, kept
        Training rows offered to the learner, and those its sanitizing let through.
    poison, poison_kept
        Of these, rows that the adversary made or altered.
    false_rejections
        Offered rows that the adversary had no part in and sanitizing did not let through.
    evasions
        Faced rows that the adversary altered or added.
    collected
        Training rows that the learner gathered itself, out of the adversary's reach.
    queries
        Rows the adversary had classified by the published model.
    retrainings
        1 if the learner's model changed, else 0.
    alarms
        1 if the learner's monitor raised an alarm, else 0.
    """

    tp: int = 0
    fp: int = 0
    tn: int = 0
    fn: int = 0
    unsure_malicious: int = 0
    unsure_honest: int = 0
    target_errors: int = 0
    target_unsure: int = 0
    offered: int = 0
    kept: int = 0
    poison: int = 0
    poison_kept: int = 0
    false_rejections: int = 0
    evasions: int = 0
    collected: int = 0
    queries: int = 0
    retrainings: int = 0
    alarms: int = 0


EVENTS: Final = tuple(each.name for each in fields(Tally))
"""The kinds of event, in the order of the columns of a history."""


def count(
    offered: Batch,
    kept: Mask,
    faced: Batch,
    verdicts: Verdicts,
    *,
    collected: int,
    queries: int,
    retrained: bool,
    alarm: bool,
) -> Tally:
    """Count the events of one round.

    Parameters
    ----------
    offered
        The training rows as the learner was offered them, marks included.
    kept
        Which of them its sanitizing let through, shape (len(offered),).
    faced, verdicts
        The rows the learner had to judge, and how it judged them.
    collected, queries, retrained, alarm
        The events that no batch shows.
    """
    # One histogram over (label, decision) gives all six counts: decision -1, 0, 1 -> 0, 1, 2.
    codes = 3 * faced.labels.astype(np.int8) + verdicts.decisions + 1
    unsure_honest, tn, fp, unsure_malicious, fn, tp = np.bincount(codes, minlength=6).tolist()
    aimed = [0] * 6
    if np.count_nonzero(faced.target):
        aimed = np.bincount(codes[faced.target], minlength=6).tolist()
    passed = int(np.count_nonzero(kept))
    poison = poison_kept = int(np.count_nonzero(offered.origin))
    if poison and passed < len(offered):
        poison_kept = int(np.count_nonzero(offered.origin & kept))
    return Tally(
        tp=tp,
        fp=fp,
        tn=tn,
        fn=fn,
        unsure_malicious=unsure_malicious,
        unsure_honest=unsure_honest,
        target_errors=aimed[2] + aimed[4],
        target_unsure=aimed[0] + aimed[3],
        offered=len(offered),
        kept=passed,
        poison=poison,
        poison_kept=poison_kept,
        # What was rejected, but for the poison among it.
        false_rejections=len(offered) - passed - (poison - poison_kept),
        evasions=int(np.count_nonzero(faced.origin)),
        collected=collected,
        queries=queries,
        retrainings=int(retrained),
        alarms=int(alarm),
    )


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class Prices:
    """The worth of one event of each kind, in the user's units; zero unless named.

    The fields are those events of a `Tally` that can be priced; the text shows those that are not
    zero.

    Raises
    ------
    ValueError
        When a price is not a finite number.
    """

    tp: float = 0.0
    fp: float = 0.0
    tn: float = 0.0
    fn: float = 0.0
    unsure_malicious: float = 0.0
    unsure_honest: float = 0.0
    target_errors: float = 0.0
    target_unsure: float = 0.0
    offered: float = 0.0
    kept: float = 0.0
    poison: float = 0.0
    poison_kept: float = 0.0
    false_rejections: float = 0.0
    evasions: float = 0.0
    collected: float = 0.0
    queries: float = 0.0
    retrainings: float = 0.0
    alarms: float = 0.0

    def __post_init__(self) -> None:
        for name in EVENTS:
            if not np.isfinite(getattr(self, name)):
                raise ValueError(f"the price of {name} must be finite, got {getattr(self, name)}")
        priced = tuple((name, float(getattr(self, name))) for name in EVENTS if getattr(self, name))
        object.__setattr__(self, "_priced", priced)

    def __repr__(self) -> str:
        priced: tuple[tuple[str, float], ...] = self._priced  # type: ignore[attr-defined]
        return f"Prices({', '.join(f'{name}={price:g}' for name, price in priced)})"

    def of(self, tally: Tally) -> float:
        """The worth of a tally.

        Examples
        --------
        >>> Prices(fp=1.0, fn=0.5).of(Tally(fp=2, fn=4))
        4.0
        """
        priced: tuple[tuple[str, float], ...] = self._priced  # type: ignore[attr-defined]
        return float(sum(price * getattr(tally, name) for name, price in priced))

    def of_each(self, events: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """The worth of many tallies at once, given as one array an event, of one broadcast shape.

        What is not named has not happened; counts may be fractions, when they are expectations.

        Examples
        --------
        >>> Prices(fp=1.0, fn=0.5).of_each({"fp": np.array([2.0, 0.5])}).tolist()
        [2.0, 0.5]
        """
        priced: tuple[tuple[str, float], ...] = self._priced  # type: ignore[attr-defined]
        worth = np.zeros(np.broadcast(*events.values()).shape)
        for name, price in priced:
            if name in events:
                worth += price * events[name]
        return worth


@final
@dataclass(frozen=True)
class Costs:
    """What events cost the learner and bring the adversary.

    Attributes
    ----------
    learner
        What one event of each kind costs the learner.
    adversary
        What one event of each kind brings the adversary; its expenses are negative.
    spent
        What one event of each kind makes the adversary spend, as far as the learner's list counts
        it as a gain; nothing unless it is named.
    """

    learner: Prices
    adversary: Prices
    spent: Prices = field(default_factory=Prices)

    @classmethod
    def opposed(cls, prices: Prices, *, spent: Prices | None = None) -> "Costs":
        """Zero-sum costs: what the learner loses, the adversary gains, less what it spends.

        Parameters
        ----------
        prices
            What one event of each kind costs the learner itself.
        spent
            What one event of each kind makes the adversary spend, which the learner is taken to
            gain; None for nothing. An event may do both.

        Examples
        --------
        >>> costs = Costs.opposed(Prices(fp=1.0, alarms=0.5), spent=Prices(poison=0.1, alarms=2.5))
        >>> costs.zero_sum, costs.learner, costs.own_loss
        (True, Prices(fp=1, poison=-0.1, alarms=-2), Prices(fp=1, alarms=0.5))
        """
        expenses = Prices() if spent is None else spent
        net = _sum(prices, expenses, -1.0)
        return cls(net, net, expenses)

    @property
    def own_loss(self) -> Prices:
        """What one event costs the learner itself: its list without what the adversary spends."""
        return _sum(self.learner, self.spent, 1.0)

    @property
    def zero_sum(self) -> bool:
        """Whether the payoffs add up to zero whatever happens."""
        return self.learner == self.adversary

    def payoffs(self, tally: Tally) -> tuple[float, float]:
        """Price a tally: the learner's payoff and the adversary's."""
        return 0.0 - self.learner.of(tally), 0.0 + self.adversary.of(tally)

    def payoffs_of_each(self, events: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Price many tallies at once, as `Prices.of_each`: shape (2, ...), learner first."""
        lost = self.learner.of_each(events)
        payoffs = np.empty((2, *lost.shape))
        np.subtract(0.0, lost, out=payoffs[0])
        payoffs[1] = lost if self.zero_sum else self.adversary.of_each(events)
        return payoffs


def _sum(one: Prices, other: Prices, factor: float) -> Prices:
    """One price list and a multiple of another."""
    return Prices(**{name: getattr(one, name) + factor * getattr(other, name) for name in EVENTS})
