"""How often to plant a honeypot: the inspection game of two actions each.

A defender shows a system that is real or a *honeypot*; an adversary who cannot tell them apart
attacks or holds back. The rows are the defender's actions, each pair its payoff and the attacker's:

========  ===========  =======
..        attack       hold
========  ===========  =======
real      -d, g        0, 0
honeypot  b - k, -l    -k, 0
========  ===========  =======

with the *damage* d, the *gain* g, the *benefit* b of a trapped attacker, the *cost* k of the
honeypot, and the *loss* l of a trapped attacker. The equilibrium is mixed: each side makes the
other indifferent. Derived here; the games of Carroll and Grosu (2011) add signals, and signals that
cost nothing pool, so that the adversary faces this game again.

References
----------
.. [1] T. E. Carroll, D. Grosu, "A game theoretic investigation of deception in network security",
   Security and Communication Networks 4, 2011.
"""

from armsrace.theory._checks import number


def honeypot_probability(gain: float, loss: float) -> float:
    """Share of honeypots from which on attacking does not pay.

    .. math:: g / (g + l)

    An adversary attacks exactly while it believes the system to be a honeypot with a smaller
    probability than this.

    Parameters
    ----------
    gain
        Gain g of an attack on a real system, positive.
    loss
        Loss l of an attack on a honeypot, positive.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> round(honeypot_probability(gain=1.0, loss=2.0), 4)
    0.3333
    """
    gain = number("gain", gain, "(0, inf)")
    return gain / (gain + number("loss", loss, "(0, inf)"))


def attack_probability(benefit: float, damage: float, cost: float) -> float:
    """Share of attacks from which on a honeypot pays.

    .. math:: k / (b + d)

    Parameters
    ----------
    benefit
        Benefit b of trapping an attacker, not negative.
    damage
        Damage d of an attack on a real system, positive.
    cost
        Cost k of a honeypot, positive.

    Returns
    -------
    float
        Above 1 when honeypots never pay.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> attack_probability(benefit=1.0, damage=3.0, cost=0.5)
    0.125
    """
    benefit = number("benefit", benefit, "[0, inf)")
    damage = number("damage", damage, "(0, inf)")
    return number("cost", cost, "(0, inf)") / (benefit + damage)


def inspection_equilibrium(
    gain: float, loss: float, benefit: float, damage: float, cost: float
) -> tuple[float, float]:
    """Probabilities of a honeypot and of an attack in equilibrium.

    They are `honeypot_probability` and `attack_probability`, or 0 and 1 where honeypots cost at
    least what they bring, k >= b + d.

    Parameters
    ----------
    gain
        Gain g of an attack on a real system, positive.
    loss
        Loss l of an attack on a honeypot, positive.
    benefit
        Benefit b of trapping an attacker, not negative.
    damage
        Damage d of an attack on a real system, positive.
    cost
        Cost k of a honeypot, positive.

    Raises
    ------
    ValueError
        When an argument is out of its range.

    Examples
    --------
    >>> honeypot, attack = inspection_equilibrium(
    ...     gain=1.0, loss=2.0, benefit=1.0, damage=3.0, cost=0.5
    ... )
    >>> round(honeypot, 4), attack
    (0.3333, 0.125)
    """
    honeypot = honeypot_probability(gain, loss)
    attack = attack_probability(benefit, damage, cost)
    return (honeypot, attack) if attack < 1.0 else (0.0, 1.0)
