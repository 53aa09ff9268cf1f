"""Solvers: plain functions from a formal game to an `Equilibrium`, or to a list of them.

Their modules import numpy and nothing heavier; what else a solver needs (compiled kernels, HiGHS,
pandas, networkx) it imports when it is called, so that ``import armsrace`` stays light.
"""

from armsrace.solvers.alpha_rank import alpha_rank as alpha_rank
from armsrace.solvers.alpha_rank import alpha_rank_symmetric as alpha_rank_symmetric
from armsrace.solvers.backward_induction import backward_induction as backward_induction
from armsrace.solvers.backward_induction import backward_induction_with as backward_induction_with
from armsrace.solvers.bayes_nash import bayes_nash as bayes_nash
from armsrace.solvers.bayesian_stackelberg import BayesianCommitment as BayesianCommitment
from armsrace.solvers.bayesian_stackelberg import bayesian_stackelberg as bayesian_stackelberg
from armsrace.solvers.best_response import BestResponse as BestResponse
from armsrace.solvers.best_response import best_response as best_response
from armsrace.solvers.best_response_dynamics import best_response_dynamics as best_response_dynamics
from armsrace.solvers.best_response_graph import best_response_graph as best_response_graph
from armsrace.solvers.best_response_graph import sink_components as sink_components
from armsrace.solvers.best_response_iteration import (
    best_response_iteration as best_response_iteration,
)
from armsrace.solvers.convex_equilibrium import ConvexEquilibrium as ConvexEquilibrium
from armsrace.solvers.correlated import CorrelatedEquilibrium as CorrelatedEquilibrium
from armsrace.solvers.correlated import coarse_correlated as coarse_correlated
from armsrace.solvers.correlated import correlated as correlated
from armsrace.solvers.counterfactual_regret import cfr as cfr
from armsrace.solvers.counterfactual_regret import cfr_plus as cfr_plus
from armsrace.solvers.counterfactual_regret import discounted_cfr as discounted_cfr
from armsrace.solvers.counterfactual_regret import predictive_cfr_plus as predictive_cfr_plus
from armsrace.solvers.critical_discount import critical_discount as critical_discount
from armsrace.solvers.cyclic_share import hodge_cyclic_share as hodge_cyclic_share
from armsrace.solvers.double_oracle import double_oracle as double_oracle
from armsrace.solvers.double_oracle import double_oracle_with as double_oracle_with
from armsrace.solvers.equilibrium import Equilibrium as Equilibrium
from armsrace.solvers.exact_enumeration import exact_enumeration as exact_enumeration
from armsrace.solvers.exact_enumeration import exact_equilibria as exact_equilibria
from armsrace.solvers.exp3 import exp3 as exp3
from armsrace.solvers.extensive_equilibrium import ExtensiveEquilibrium as ExtensiveEquilibrium
from armsrace.solvers.extragradient import extragradient as extragradient
from armsrace.solvers.extragradient_descent import extragradient_descent as extragradient_descent
from armsrace.solvers.fictitious_play import fictitious_play as fictitious_play
from armsrace.solvers.gradient_play import gradient_play as gradient_play
from armsrace.solvers.hedge import hedge as hedge
from armsrace.solvers.hoffman_karp import hoffman_karp as hoffman_karp
from armsrace.solvers.implicit_stackelberg import implicit_stackelberg as implicit_stackelberg
from armsrace.solvers.inexact_line_search import inexact_line_search as inexact_line_search
from armsrace.solvers.iterated_dominance import eliminations as eliminations
from armsrace.solvers.iterated_dominance import iterated_dominance as iterated_dominance
from armsrace.solvers.lemke_howson import lemke_howson as lemke_howson
from armsrace.solvers.lemke_howson import lemke_howson_all as lemke_howson_all
from armsrace.solvers.logit_dynamics import logit_dynamics as logit_dynamics
from armsrace.solvers.logit_response import LogitPath as LogitPath
from armsrace.solvers.logit_response import logit_response as logit_response
from armsrace.solvers.logit_response import nash_by_logit as nash_by_logit
from armsrace.solvers.markov_equilibrium import MarkovEquilibrium as MarkovEquilibrium
from armsrace.solvers.markov_nash import markov_nash as markov_nash
from armsrace.solvers.markov_stackelberg import markov_stackelberg as markov_stackelberg
from armsrace.solvers.maximum_entropy import (
    maximum_entropy_correlated as maximum_entropy_correlated,
)
from armsrace.solvers.minimax import minimax as minimax
from armsrace.solvers.minimax import minimax_batch as minimax_batch
from armsrace.solvers.monotonicity import monotonicity as monotonicity
from armsrace.solvers.monotonicity import pseudo_jacobian as pseudo_jacobian
from armsrace.solvers.optimistic_gradient import optimistic_gradient as optimistic_gradient
from armsrace.solvers.payoff_set import PayoffSet as PayoffSet
from armsrace.solvers.payoff_set import payoff_set as payoff_set
from armsrace.solvers.pollatschek_avi_itzhak import (
    pollatschek_avi_itzhak as pollatschek_avi_itzhak,
)
from armsrace.solvers.pure import pure_equilibria as pure_equilibria
from armsrace.solvers.randomized_classification import InspectionProblem as InspectionProblem
from armsrace.solvers.randomized_classification import RandomizedInspection as RandomizedInspection
from armsrace.solvers.randomized_classification import distance_likeness as distance_likeness
from armsrace.solvers.randomized_classification import (
    randomized_classification as randomized_classification,
)
from armsrace.solvers.regret_matching import regret_matching as regret_matching
from armsrace.solvers.regret_matching import regret_matching_plus as regret_matching_plus
from armsrace.solvers.replicator import replicator as replicator
from armsrace.solvers.secret import SecretValue as SecretValue
from armsrace.solvers.secret import average_game_values as average_game_values
from armsrace.solvers.secret import secret_value as secret_value
from armsrace.solvers.selection import best_for as best_for
from armsrace.solvers.selection import best_welfare as best_welfare
from armsrace.solvers.selection import most_entropic as most_entropic
from armsrace.solvers.sequence_form import sequence_form_lp as sequence_form_lp
from armsrace.solvers.shapley import shapley as shapley
from armsrace.solvers.signaling import behavior_enumeration as behavior_enumeration
from armsrace.solvers.signaling import signal_beliefs as signal_beliefs
from armsrace.solvers.stackelberg import stackelberg as stackelberg
from armsrace.solvers.support_enumeration import support_enumeration as support_enumeration
from armsrace.solvers.trajectory import Trajectory as Trajectory
from armsrace.solvers.vertex_enumeration import equilibrium_components as equilibrium_components
from armsrace.solvers.vertex_enumeration import vertex_enumeration as vertex_enumeration
