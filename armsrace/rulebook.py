"""The rulebook of a game, as text."""

from armsrace.costs import EVENTS, Prices
from armsrace.game import ROLES, Game, LearningGame, Rules, parameters


def rulebook(game: Game) -> str:
    """All there is to know before one plays: actions, prices, information, order, horizon."""
    settings = ", ".join(f"{name}={value!r}" for name, value in parameters(game).items())
    lines = [f"{type(game).__name__}({settings})"]
    lines.append(f"  cells: {'; '.join(map(str, game.cells)) or 'none'}")
    sum_of_payoffs = "zero-sum" if game.zero_sum else "general-sum"
    horizon = f"{game.rounds} rounds, discount {game.discount:g}"
    lines.append(f"  order: {game.order.value}; {horizon}; {sum_of_payoffs}")
    for role in ROLES:
        lines.append(f"  {role}'s actions:")
        width = max(map(len, game.actions(role)))
        lines += [f"    {name:<{width}}  {does!r}" for name, does in game.actions(role).items()]
    if isinstance(game, LearningGame):
        if game.zero_sum:
            lines.append(
                f"  the learner loses and the adversary gains: {_priced(game.setup.costs.learner)}"
            )
            if game.setup.costs.spent != Prices():
                lines.append(f"  of this the adversary spends: {_priced(game.setup.costs.spent)}")
        else:
            lines.append(f"  the learner loses: {_priced(game.setup.costs.learner)}")
            lines.append(f"  the adversary gains: {_priced(game.setup.costs.adversary)}")
        lines += _false_alarms(game.setup)
    for role in ROLES:
        lines.append(f"  the {role} sees: {', '.join(sorted(game.reveals(role))) or 'nothing'}")
    return "\n".join(lines)


def _false_alarms(rules: Rules) -> list[str]:
    """How far false alarms are apart, and of which actions nobody has said it."""
    lines, stated = [], rules.run_lengths
    if stated:
        told = (f"{name} {stated[name]:g}" for name in rules.watching if name in stated)
        lines.append(f"  rounds between false alarms, on average, or more: {', '.join(told)}")
    if silent := [name for name in rules.watching if name not in stated]:
        lines.append(
            f"  false alarms not calibrated for these parameters: {', '.join(silent)}; "
            "armsrace.assess.false_alarms measures them"
        )
    return lines


def _priced(prices: Prices) -> str:
    terms = [f"{getattr(prices, name):g} per {name}" for name in EVENTS if getattr(prices, name)]
    return ", ".join(terms) or "nothing"
