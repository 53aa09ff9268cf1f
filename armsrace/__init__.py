"""armsrace: game-theoretic simulation of the arms race between a learner and an adversary.

A classifier that is retrained on data an enemy can touch is a player in a game. Play it
(`play`), estimate it (`empirical_game`), solve it (`solvers`), draw it (`figures`): see
README.md for the first five minutes.

The subpackages that estimate, solve, convert, draw and prove are imported when they are first used,
so that the command line answers at once.
"""

from typing import TYPE_CHECKING

from armsrace import agents as agents
from armsrace import attacks as attacks
from armsrace import defenses as defenses
from armsrace import measures as measures
from armsrace import models as models
from armsrace import taxonomy as taxonomy
from armsrace import worlds as worlds
from armsrace._lazy import lazy_exports
from armsrace.analytic import AnalyticGame as AnalyticGame
from armsrace.attacks.attack import Attack as Attack
from armsrace.batch import Batch as Batch
from armsrace.costs import Costs as Costs
from armsrace.costs import Prices as Prices
from armsrace.defenses.defense import Defense as Defense
from armsrace.feasible import Feasible as Feasible
from armsrace.game import Game as Game
from armsrace.game import LearningGame as LearningGame
from armsrace.game import Order as Order
from armsrace.game import Rules as Rules
from armsrace.grid import Grid as Grid
from armsrace.history import History as History
from armsrace.play import play as play
from armsrace.play import resume as resume
from armsrace.registry import available_games as available_games
from armsrace.registry import load_game as load_game
from armsrace.replicates import Replicates as Replicates
from armsrace.replicates import play_replicates as play_replicates

if TYPE_CHECKING:
    from armsrace import assess as assess
    from armsrace import empirical as empirical
    from armsrace import figures as figures
    from armsrace import forms as forms
    from armsrace import interop as interop
    from armsrace import solvers as solvers
    from armsrace import theory as theory
    from armsrace.empirical.double_oracle import double_oracle as double_oracle
    from armsrace.empirical.markov_game import empirical_markov as empirical_markov
    from armsrace.empirical.markov_reply import markov_reply as markov_reply
    from armsrace.empirical.measured_regret import measured_regret as measured_regret
    from armsrace.empirical.normal_form import empirical_game as empirical_game
    from armsrace.retrained_classifier import RetrainedClassifier as RetrainedClassifier

__version__ = "0.1.0"

__getattr__, __dir__ = lazy_exports(__name__, __file__)
