"""Chaff against a PCA detector: traffic added while it learns hides a flood later.

A subspace detector watches the links of a backbone network and is retrained every day on the days
before, as their traffic changes: flows rise and fall, and a detector that stays as it was comes to
block honest traffic. The adversary will flood one flow. Every day it adds *chaff* to that flow, so
that the detector takes variation on these links for normal: at random; the more the busier they
are; as much as the detector accepts, where it counts most, be it the one on show or, in disbelief,
one of its own; or a little more every day. The learner may drop what its present detector flags
before it learns the rest, learn robust components, draw its threshold at random, or hide its
detector, or show another one that makes the adversary dose its chaff too low or too high.

The traffic is made by a documented generator (`armsrace.worlds.LinkTraffic`) on the topology of the
Abilene backbone.

References
----------
Rubinstein, B. I. P., Nelson, B., Huang, L., Joseph, A. D., Lau, S., Rao, S., Taft, N., Tygar, J. D.
(2009). ANTIDOTE: understanding and defending against poisoning of anomaly detectors. IMC.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np

from armsrace import attacks, defenses
from armsrace.attacks import Attack
from armsrace.costs import Costs, Prices
from armsrace.defenses import Defense
from armsrace.feasible import Feasible
from armsrace.game import LearningGame, Rules, State
from armsrace.models.scoring import judge
from armsrace.taxonomy import Cell
from armsrace.verdicts import HONEST
from armsrace.worlds import LinkTraffic

COSTS: Final = Costs.opposed(Prices(fp=1.0, fn=1.0, retrainings=0.5), spent=Prices(poison=0.01))
"""In units of one bin of honest traffic flagged: what the learner loses and the adversary gains."""


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class PcaChaff(LearningGame):
    """A retrained PCA subspace detector against an adversary who adds chaff.

    Attributes
    ----------
    rounds
        Number of rounds of a play; a round is a day.
    discount
        Weight of a round relative to the one before, in (0, 1].
    bins
        Time bins a day.
    window
        Days that the detector learns from.
    components
        How many principal components count as normal.
    false_positive_rate
        Share of honest traffic that the threshold is set for.
    laplace_rate
        The same for the robust detector: on this traffic, whose residuals have lighter tails than
        a Laplace distribution, a larger share gives about as many false alarms.
    flood
        Volume of the flood that is to go unseen, in mean flows.
    flooded
        Share of the bins to be judged in which it runs.
    noise
        Relative standard deviation of a flow in a bin.
    growth
        How fast flows rise and fall, a day.
    volume
        Chaff relative to the honest load of the flow's links.
    boil
        Factor by which the boiling frog's chaff grows each day.
    costs
        What events cost the learner and bring the adversary; by default zero-sum, in units of one
        bin of honest traffic flagged.

    Raises
    ------
    ValueError
        When a parameter is out of range; it is raised when the game is first used.

    Examples
    --------
    >>> import armsrace as ar
    >>> game = PcaChaff(rounds=10)
    >>> hidden, calm = (ar.play(game, "retrain", each, seed=1) for each in ("optimized", "wait"))
    >>> bool(hidden.column("missed")[-1] > calm.column("missed")[-1])
    True
    """

    name: ClassVar[str] = "pca_chaff"
    cells: ClassVar[tuple[Cell, ...]] = (Cell.of("causative integrity indiscriminate"),)

    rounds: int = 20
    discount: float = 1.0
    bins: int = 48
    window: int = 7
    components: int = 3
    false_positive_rate: float = 0.01
    laplace_rate: float = 0.05
    flood: float = 2.0
    flooded: float = 0.25
    noise: float = 0.2
    growth: float = 0.015
    volume: float = 0.1
    boil: float = 1.25
    costs: Costs = COSTS

    def rules(self) -> Rules:
        """The detector, the traffic, the two sides' actions and their prices."""
        from armsrace.models import RobustSubspaceDetector, SubspaceDetector

        for name, most in (("false_positive_rate", 1.0), ("laplace_rate", 0.5)):
            if not 0 < getattr(self, name) < most:
                raise ValueError(f"{name} must be in (0, {most:g}), got {getattr(self, name)}")
        if not 1 <= self.boil < np.inf:
            raise ValueError(f"boil must be at least 1 and finite, got {self.boil}")
        world = LinkTraffic(
            flood=self.flood,
            flooded=self.flooded,
            bins=self.bins,
            noise=self.noise,
            growth=self.growth,
        )
        model = SubspaceDetector(
            components=self.components, false_positive_rate=self.false_positive_rate
        )
        robust = RobustSubspaceDetector(
            components=self.components, false_positive_rate=self.laplace_rate
        )
        retrain = Defense(defenses.Retrain(window=self.window))
        return Rules(
            world=world,
            model=model,
            learner_actions={
                "retrain": retrain,
                "hold": Defense(),
                "retrain_filtered": Defense(defenses.Bootstrap(), retrain),
                "retrain_robust": Defense(defenses.Retrain(window=self.window, model=robust)),
                "retrain_mixed": Defense(retrain, defenses.MixedThreshold(-0.2, 0.2)),
                "retrain_mixed_half": Defense(retrain, defenses.MixedThreshold(-0.1, 0.1)),
                "retrain_hidden": Defense(retrain, defenses.HideModel()),
                "retrain_misled": Defense(retrain, defenses.Mislead(self._strict(world))),
                "retrain_honeypot": Defense(retrain, defenses.Honeypot(self._shifted(world))),
            },
            adversary_actions={
                "wait": Attack(),
                "random": Attack(attacks.RandomChaff(self.volume)),
                "bigger": Attack(attacks.AddMoreIfBigger(self.volume, exponent=2.0)),
                "optimized": Attack(attacks.OptimizedChaff(self.volume)),
                "disbelief": Attack(attacks.Distrust(), attacks.OptimizedChaff(self.volume)),
                "boiling_frog": Attack(
                    attacks.BoilingFrogChaff(
                        self.volume / 10, growth=self.boil, limit=2 * self.volume
                    )
                ),
            },
            costs=self.costs,
            feasible=Feasible(lower=0.0, increasing=np.arange(len(world.backbone.links))),
            answers={
                "none": ("retrain",),
                "regularization": ("retrain_robust",),
                "randomization": ("retrain_mixed", "retrain_mixed_half"),
                "detection": ("retrain_filtered",),
                "disinformation": ("retrain_misled",),
                "honeypot": ("retrain_honeypot",),
                "information hiding": ("retrain_hidden",),
            },
            measures={"missed": missed, "captured": captured},
        )

    def _strict(self, world: LinkTraffic) -> Any:
        """A decoy that rejects half of the honest traffic, so that chaff is dosed low."""
        from armsrace.models import SubspaceDetector

        days = world.start(np.random.default_rng(0))
        return SubspaceDetector(components=self.components, false_positive_rate=0.5).fit(days.rows)

    def _shifted(self, world: LinkTraffic) -> Any:
        """A decoy that has taken the flood for normal, so that chaff is dosed high."""
        from armsrace.models import SubspaceDetector

        rng = np.random.default_rng(0)
        days = world.start(rng).rows
        floods = world.flood * rng.normal(size=len(days))
        return SubspaceDetector(
            components=self.components, false_positive_rate=self.false_positive_rate
        ).fit(days + np.outer(floods, world.direction))


def missed(state: State) -> float:
    """Share of the adversary's trial floods that the present detector does not see."""
    known = state.known.reference
    floods = known.rows[known.labels]
    return float((judge(state.model.deployed, floods).decisions == HONEST).mean())


def captured(state: State) -> float:
    """Share of the flood's direction that the present components take for normal."""
    known = state.known.reference
    flood = known.rows[known.labels].mean(axis=0) - known.rows[~known.labels].mean(axis=0)
    within = state.model.trained.components_ @ flood
    return float(within @ within / (flood @ flood))
