"""Figures: from a result to the files of a paper.

A function that draws takes data and returns a `Drawing`: a figure in the house style
(``paper.mplstyle``) and the numbers that it shows. `publish` writes a drawing as PDF, SVG and PNG,
with the numbers as CSV and with its provenance as JSON beside it; the same drawing makes the same
bytes every time. Matplotlib is imported when something is drawn, without its global state.
"""

from armsrace.figures.best_response_graph import best_response_graph as best_response_graph
from armsrace.figures.defense_heat_map import defense_heat_map as defense_heat_map
from armsrace.figures.drawing import DOUBLE_COLUMN as DOUBLE_COLUMN
from armsrace.figures.drawing import SINGLE_COLUMN as SINGLE_COLUMN
from armsrace.figures.drawing import Drawing as Drawing
from armsrace.figures.drawing import paper_style as paper_style
from armsrace.figures.error_by_round import error_by_round as error_by_round
from armsrace.figures.loss_bars import loss_bars as loss_bars
from armsrace.figures.payoff_heat_map import payoff_heat_map as payoff_heat_map
from armsrace.figures.provenance import Provenance as Provenance
from armsrace.figures.publish import Published as Published
from armsrace.figures.publish import publish as publish
