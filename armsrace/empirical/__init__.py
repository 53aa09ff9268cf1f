"""From play to formal games: estimated by playing, with what is not known of them stated.

`empirical_game` plays strategies against each other and makes a normal form of the means;
`empirical_markov` plays with both roles exploring and makes a Markov game on a grid of features.
`measured_regret` says in the real game how good a pair of strategies is, and `double_oracle` grows
agents, proposed by oracles, until that is good enough.
"""

from armsrace.empirical.double_oracle import DoubleOracle as DoubleOracle
from armsrace.empirical.double_oracle import double_oracle as double_oracle
from armsrace.empirical.exploration import Around as Around
from armsrace.empirical.exploration import Explorer as Explorer
from armsrace.empirical.markov_game import EmpiricalEquilibrium as EmpiricalEquilibrium
from armsrace.empirical.markov_game import EmpiricalMarkov as EmpiricalMarkov
from armsrace.empirical.markov_game import empirical_markov as empirical_markov
from armsrace.empirical.markov_reply import markov_reply as markov_reply
from armsrace.empirical.measured_regret import MeasuredRegret as MeasuredRegret
from armsrace.empirical.measured_regret import measured_regret as measured_regret
from armsrace.empirical.normal_form import empirical_game as empirical_game
from armsrace.empirical.normal_form import measure_plays as measure_plays
from armsrace.empirical.normal_form import strategy_intervals as strategy_intervals
from armsrace.empirical.oracles import AllOf as AllOf
from armsrace.empirical.oracles import MarkovReplies as MarkovReplies
from armsrace.empirical.oracles import Oracle as Oracle
from armsrace.empirical.oracles import PeriodicReplies as PeriodicReplies
from armsrace.empirical.oracles import held_and_suggested as held_and_suggested
