"""Textbook games in extensive form."""

from itertools import permutations

from armsrace.forms.extensive import ExtensiveForm
from armsrace.forms.tree import Chance, Decision, Node, Terminal


def matching_pennies() -> ExtensiveForm:
    """Return matching pennies, one role after the other, the second without seeing the first's.

    The learner wins 1 when both coins show the same side, the adversary otherwise. Value 0.

    Examples
    --------
    >>> matching_pennies()
    ExtensiveForm: 7 nodes, 4 terminal, zero-sum
      learner: 1 information set, 3 sequences
      adversary: 1 information set, 3 sequences
    """

    def reply(shown: str) -> Node:
        return Decision(
            "adversary",
            "unseen",
            {side: _won_by_learner(1 if side == shown else -1) for side in ("heads", "tails")},
        )

    sides = {side: reply(side) for side in ("heads", "tails")}
    return ExtensiveForm.from_tree(Decision("learner", "first", sides))


def kuhn_poker() -> ExtensiveForm:
    """Return Kuhn's poker: three cards, one card and one chip of ante each, and one bet.

    The learner moves first: it bets a chip or checks. Against a bet the other calls or folds; after
    a check the adversary may bet itself. The higher card wins. Value -1/18 to the learner.

    An information set is labeled by the role's card and the moves so far.

    References
    ----------
    H. W. Kuhn, "A simplified two-person poker", Contributions to the Theory of Games I (1950)
    97-103.

    Examples
    --------
    >>> kuhn_poker()
    ExtensiveForm: 55 nodes, 30 terminal, zero-sum
      learner: 6 information sets, 13 sequences
      adversary: 6 information sets, 13 sequences
    """

    def play(first: str, second: str) -> Node:
        sign = 1 if "JQK".index(first) > "JQK".index(second) else -1

        def called(role: str, card: str, loss: int) -> Node:
            """Let a role answer a bet: it loses a chip, or plays for two."""
            answers = {"fold": _won_by_learner(loss), "call": _won_by_learner(2 * sign)}
            return Decision(role, card, answers)

        checked = {
            "check": _won_by_learner(sign),
            "bet": called("learner", f"{first}, check, bet", -1),
        }
        moves = {
            "check": Decision("adversary", f"{second}, check", checked),
            "bet": called("adversary", f"{second}, bet", 1),
        }
        return Decision("learner", first, moves)

    deals = {f"{first}{second}": play(first, second) for first, second in permutations("JQK", 2)}
    return ExtensiveForm.from_tree(Chance(deals))


def leduc_poker() -> ExtensiveForm:
    """Return Leduc poker: six cards of three ranks, two rounds of bets, one public card.

    Both put in one chip and get a card. In each round the learner begins; a role may fold against a
    raise, call (which is to check when there is nothing to call), or raise unless there have been
    two raises in the round: by 2 chips in the first, by 4 in the second. Between the rounds a
    public card is shown. A card of the same rank as the public one wins, then the higher rank;
    equal ranks split the pot.

    An information set is labeled by the role's card, the public card, and the moves of both rounds.

    References
    ----------
    F. Southey and others, "Bayes' bluff: opponent modelling in poker", Proceedings of UAI (2005)
    550-558.

    Examples
    --------
    >>> leduc_poker()
    ExtensiveForm: 9457 nodes, 5520 terminal, zero-sum
      learner: 468 information sets, 1093 sequences
      adversary: 468 information sets, 1093 sequences
    """
    deck = ("J1", "J2", "Q1", "Q2", "K1", "K2")

    def showdown(hands: tuple[str, str], public: str, stake: int) -> Node:
        first, second = (2 * (hand[0] == public[0]) + "JQK".index(hand[0]) / 2 for hand in hands)
        return _won_by_learner(stake * ((first > second) - (first < second)))

    def next_round(hands: tuple[str, str], public: str, stake: int, moves: str) -> Node:
        """Show the public card after the first round, and the hands after the second."""
        if public:
            return showdown(hands, public, stake)
        left = [card for card in deck if card not in hands]
        return Chance({card: bet(hands, card, (stake, stake), f"{moves}/") for card in left})

    def bet(hands: tuple[str, str], public: str, stakes: tuple[int, int], moves: str) -> Node:
        """Let a role move; the moves of the rounds are letters, parted by a slash."""
        now = moves.rpartition("/")[2]
        turn = len(now) % 2
        mine, theirs = stakes[turn], stakes[1 - turn]
        actions: dict[str, Node] = {}
        if mine < theirs:
            actions["fold"] = _won_by_learner(mine if turn else -mine)
        if now:
            actions["call"] = next_round(hands, public, theirs, f"{moves}c")
        else:
            actions["call"] = bet(hands, public, stakes, f"{moves}c")
        if now.count("r") < 2:
            raised = theirs + (4 if public else 2)
            after = (theirs, raised) if turn else (raised, theirs)
            actions["raise"] = bet(hands, public, after, f"{moves}r")
        label = " ".join(filter(None, (hands[turn], public, moves)))
        return Decision(("learner", "adversary")[turn], label, actions)

    def deal(first: str) -> Node:
        """Deal the second card."""
        left = [card for card in deck if card != first]
        return Chance({second: bet((first, second), "", (1, 1), "") for second in left})

    return ExtensiveForm.from_tree(Chance({first: deal(first) for first in deck}))


def beer_quiche() -> ExtensiveForm:
    """Return the signaling game of beer and quiche.

    The sender is surly with probability 0.9, else a wimp; it knows which, and has beer or quiche
    for breakfast. The receiver sees the breakfast alone, and challenges the sender to a duel or
    leaves. The sender earns 1 for the breakfast it likes (beer when surly, quiche when a wimp) and
    2 when there is no duel; the receiver earns 1 for a duel with a wimp or for leaving when the
    sender is surly.

    References
    ----------
    I.-K. Cho and D. M. Kreps, "Signaling games and stable equilibria", Quarterly Journal of
    Economics 102 (1987) 179-221, section II.

    Examples
    --------
    >>> beer_quiche()
    ExtensiveForm: 15 nodes, 8 terminal, general-sum
      sender: 2 information sets, 5 sequences
      receiver: 2 information sets, 5 sequences
    """

    def breakfast(kind: str, liked: str) -> Node:
        def reply(meal: str) -> Node:
            pleasure = float(meal == liked)
            duel = Terminal([pleasure, float(kind == "wimp")])
            leave = Terminal([pleasure + 2, float(kind == "surly")])
            return Decision("receiver", meal, {"duel": duel, "leave": leave})

        return Decision("sender", kind, {meal: reply(meal) for meal in ("beer", "quiche")})

    kinds = {"surly": breakfast("surly", "beer"), "wimp": breakfast("wimp", "quiche")}
    return ExtensiveForm.from_tree(Chance(kinds, [0.9, 0.1]), ["sender", "receiver"])


def _won_by_learner(chips: float) -> Terminal:
    return Terminal([chips, -chips])
