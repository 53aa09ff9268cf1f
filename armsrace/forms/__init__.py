"""Formal games: the numbers of a game, without the classifier that they may have come from."""

from armsrace.forms.bayesian import BayesianForm as BayesianForm
from armsrace.forms.classic import beer_quiche as beer_quiche
from armsrace.forms.classic import kuhn_poker as kuhn_poker
from armsrace.forms.classic import leduc_poker as leduc_poker
from armsrace.forms.classic import matching_pennies as matching_pennies
from armsrace.forms.decision_process import DecisionProcess as DecisionProcess
from armsrace.forms.extensive import ExtensiveForm as ExtensiveForm
from armsrace.forms.gamefile import GameFileError as GameFileError
from armsrace.forms.markov import MarkovGame as MarkovGame
from armsrace.forms.normal import NormalForm as NormalForm
from armsrace.forms.random_tree import random_extensive_form as random_extensive_form
from armsrace.forms.repeated import RepeatedGame as RepeatedGame
from armsrace.forms.role_sequences import RoleSequences as RoleSequences
from armsrace.forms.sequence import SequenceForm as SequenceForm
from armsrace.forms.sequencing import TreeError as TreeError
from armsrace.forms.signaling import disinformation_game as disinformation_game
from armsrace.forms.signaling import honeypot_game as honeypot_game
from armsrace.forms.signaling import honeypot_inspection as honeypot_inspection
from armsrace.forms.signaling import signaling_game as signaling_game
from armsrace.forms.tree import Chance as Chance
from armsrace.forms.tree import Decision as Decision
from armsrace.forms.tree import Terminal as Terminal
