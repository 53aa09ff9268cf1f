"""Our forms as the objects of other programs that solve games, and theirs as our forms.

Gambit (``pygambit``), OpenSpiel (``pyspiel``), QuantEcon.py (``quantecon``) and ``nashpy`` are no
part of armsrace: ``pip install armsrace[interop]`` installs them, and each is imported by the call
that needs it. No conversion changes a payoff; what is lost on the way each function says.
"""

from armsrace.interop.gambit import extensive_form_from_gambit as extensive_form_from_gambit
from armsrace.interop.gambit import normal_form_from_gambit as normal_form_from_gambit
from armsrace.interop.gambit import to_gambit as to_gambit
from armsrace.interop.nashpy import from_nashpy as from_nashpy
from armsrace.interop.nashpy import to_nashpy as to_nashpy
from armsrace.interop.openspiel import (
    extensive_form_from_openspiel as extensive_form_from_openspiel,
)
from armsrace.interop.openspiel import normal_form_from_openspiel as normal_form_from_openspiel
from armsrace.interop.openspiel import to_openspiel as to_openspiel
from armsrace.interop.quantecon import from_quantecon as from_quantecon
from armsrace.interop.quantecon import to_quantecon as to_quantecon
