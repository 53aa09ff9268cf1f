r"""Signaling games about a learner's secret: honeypots, and what a learner says of its model.

Chance draws the learner's *type*, which it alone knows. It chooses a *signal*; the adversary sees
the signal, not the type, forms a *belief* (the probabilities of the types given the signal) and
chooses its *reply*. As a tree: chance, the learner (one information set a type), the adversary (one
information set a signal).

A signal that costs all types the same carries no weight: whatever a type says, another can say as
well, and the adversary may go by the prior alone. What makes signals tell, or deceive, is that a
*disguise*, the signal of another type, has a price.

In both games below the adversary has two replies, each the better one under one of two types.
Whatever it does after a signal that is never sent is then best for some belief. So each of their
Nash equilibria is a perfect Bayesian one; none rests on a threat that would not be carried out.

References
----------
.. [1] T. E. Carroll, D. Grosu, "A game theoretic investigation of deception in network security",
   Security and Communication Networks 4 (2011) 1162-1172.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence

from armsrace.forms.arguments import check_unique
from armsrace.forms.extensive import ExtensiveForm
from armsrace.forms.normal import NormalForm
from armsrace.forms.tree import Chance, Decision, Node, Terminal


def signaling_game(
    prior: Mapping[str, float],
    signals: Sequence[str],
    replies: Sequence[str],
    payoffs: Callable[[str, str, str], tuple[float, float]],
) -> ExtensiveForm:
    """Make the game in which a learner of a secret type sends a signal to an adversary.

    Parameters
    ----------
    prior
        Probability of each type; types of probability 0 are left out.
    signals
        What the learner can send, whatever its type.
    replies
        What the adversary can do, whatever it saw.
    payoffs
        From type, signal and reply to the learner's and the adversary's payoff.

    Returns
    -------
    ExtensiveForm
        The learner's information sets are the types, the adversary's the signals.

    Raises
    ------
    ValueError
        When the prior is not a distribution, signals or replies are missing or not unique, or a
        payoff is not finite.

    Examples
    --------
    An attacker who must guess whether an alarm is armed hears what its owner says:

    >>> game = signaling_game(
    ...     {"armed": 0.5, "off": 0.5},
    ...     ["sticker", "none"],
    ...     ["enter", "pass"],
    ...     lambda alarm, _, reply: (0, 0) if reply == "pass" else (1, -1)
    ...     if alarm == "armed" else (-1, 1),
    ... )
    >>> game
    ExtensiveForm: 15 nodes, 8 terminal, zero-sum
      learner: 2 information sets, 5 sequences
      adversary: 2 information sets, 5 sequences
    """
    for name, labels in (("signals", signals), ("replies", replies)):
        if not labels:
            raise ValueError(f"{name} must hold at least one, got none")
        check_unique(name, labels)

    def sent(kind: str, signal: str) -> Node:
        ends = {reply: Terminal(payoffs(kind, signal, reply)) for reply in replies}
        return Decision("adversary", signal, ends)

    def sender(kind: str) -> Node:
        return Decision("learner", kind, {signal: sent(kind, signal) for signal in signals})

    types = [kind for kind, probability in prior.items() if probability != 0.0]
    return ExtensiveForm.from_tree(
        Chance({kind: sender(kind) for kind in types}, [prior[kind] for kind in types])
    )


def honeypot_game(
    share: float,
    *,
    gain: float,
    loss: float,
    benefit: float,
    damage: float,
    armor: float,
    bait: float,
) -> ExtensiveForm:
    """Make the game of a network in which some hosts are honeypots, and all can be disguised.

    A host is a honeypot with probability `share`, else real; its owner, the learner, lets it look
    "real" or "honeypot". An attacker who sees the look alone attacks the host or leaves it::

                   attacked        left     disguised
        real       -damage, gain   0, 0     -armor, 0 on top (looks like a honeypot)
        honeypot   benefit, -loss  0, 0     -bait, 0 on top (looks real)

    An attack pays exactly while the attacker's belief in a honeypot is below gain / (gain + loss)
    (`armsrace.theory.inspection.honeypot_probability`).

    Parameters
    ----------
    share
        Probability of a honeypot, in [0, 1].
    gain, loss
        What an attack on a real host brings the attacker, and one on a honeypot costs it; positive.
    benefit
        What a trapped attacker brings the learner, not negative.
    damage
        What an attack on a real host costs the learner, positive.
    armor, bait
        What it costs to make a real host look like a honeypot, and a honeypot look real; not
        negative.

    Raises
    ------
    ValueError
        When a number is out of its range.

    Examples
    --------
    >>> honeypot_game(0.2, gain=1, loss=2, benefit=1, damage=3, armor=0.5, bait=0.5)
    ExtensiveForm: 15 nodes, 8 terminal, general-sum
      learner: 2 information sets, 5 sequences
      adversary: 2 information sets, 5 sequences
    """
    _check_between("share", share)
    _check_positive(gain=gain, loss=loss, damage=damage)
    _check_not_negative(benefit=benefit, armor=armor, bait=bait)
    disguise = {"real": armor, "honeypot": bait}
    attacked = {"real": (-damage, gain), "honeypot": (benefit, -loss)}

    def payoffs(kind: str, look: str, reply: str) -> tuple[float, float]:
        learner, adversary = attacked[kind] if reply == "attack" else (0.0, 0.0)
        return learner - (disguise[kind] if look != kind else 0.0), adversary

    prior = {"real": 1.0 - share, "honeypot": share}
    return signaling_game(prior, ["real", "honeypot"], ["attack", "leave"], payoffs)


def disinformation_game(
    strict: float, *, gain: float, loss: float, damage: float, lie: float
) -> ExtensiveForm:
    """Make the game of a filter whose owner says, truly or not, how strict it is.

    The model is strict with probability `strict`, else lax. Its owner, the learner, claims either;
    a false claim costs it `lie` (honest users are misled as well). The adversary hears the claim
    and attacks: "carefully", which gets past the strict model and is wasted on the lax one, or
    "plainly", the other way round. The right attack brings it `gain` and costs the learner
    `damage`; the wrong one costs the adversary `loss`.

    At a price of lying of 0 what one side wins the other loses, but for units, so the claims are
    noise: in every equilibrium the adversary earns what the prior alone lets it earn,
    ``gain - (gain + loss) min(strict, 1 - strict)``. A price above `damage` makes all claims true.

    Parameters
    ----------
    strict
        Probability that the model is strict, in [0, 1].
    gain, loss
        What the right attack brings the adversary and the wrong one costs it; gain positive, loss
        not negative.
    damage
        What the right attack costs the learner, positive.
    lie
        What a false claim costs the learner, not negative.

    Raises
    ------
    ValueError
        When a number is out of its range.

    Examples
    --------
    >>> disinformation_game(0.5, gain=1, loss=1, damage=2, lie=0)
    ExtensiveForm: 15 nodes, 8 terminal, constant-sum
      learner: 2 information sets, 5 sequences
      adversary: 2 information sets, 5 sequences
    """
    _check_between("strict", strict)
    _check_positive(gain=gain, damage=damage)
    _check_not_negative(loss=loss, lie=lie)
    right = {"strict": "carefully", "lax": "plainly"}

    def payoffs(model: str, claim: str, attack: str) -> tuple[float, float]:
        learner, adversary = (-damage, gain) if attack == right[model] else (0.0, -loss)
        return learner - (lie if claim != model else 0.0), adversary

    prior = {"strict": strict, "lax": 1.0 - strict}
    return signaling_game(prior, ["strict", "lax"], ["carefully", "plainly"], payoffs)


def honeypot_inspection(
    *, gain: float, loss: float, benefit: float, damage: float, cost: float
) -> NormalForm:
    """Make the game of two actions each in which the learner decides whether to plant a honeypot.

    The payoffs are those of `armsrace.theory.inspection`, which knows the equilibrium.

    Parameters
    ----------
    gain, loss, benefit, damage
        As in `honeypot_game`.
    cost
        What a honeypot costs the learner, positive.

    Raises
    ------
    ValueError
        When a number is out of its range.

    Examples
    --------
    >>> from armsrace.solvers import support_enumeration
    >>> game = honeypot_inspection(gain=1, loss=2, benefit=1, damage=3, cost=0.5)
    >>> support_enumeration(game)[0]
    Equilibrium by support_enumeration: solved, regret 0
      learner earns -0.375: real 0.666667, honeypot 0.333333
      adversary earns 0: attack 0.125, leave 0.875
    """
    _check_positive(gain=gain, loss=loss, damage=damage, cost=cost)
    _check_not_negative(benefit=benefit)
    actions: list[list[Hashable]] = [["real", "honeypot"], ["attack", "leave"]]
    return NormalForm.from_bimatrix(
        [[-damage, 0.0], [benefit - cost, -cost]], [[gain, 0.0], [-loss, 0.0]], actions=actions
    )


def _check_between(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must be in [0, 1], got {value:g}")


def _check_positive(**values: float) -> None:
    for name, value in values.items():
        if not 0.0 < value < float("inf"):
            raise ValueError(f"{name} must be positive and finite, got {value:g}")


def _check_not_negative(**values: float) -> None:
    for name, value in values.items():
        if not 0.0 <= value < float("inf"):
            raise ValueError(f"{name} must be finite and not negative, got {value:g}")
