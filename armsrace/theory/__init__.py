"""Closed forms and bounds of the literature: one published result a module, numbers in and out.

Every function checks its arguments at the door and says which theorem it states. Where arguments
may be arrays they broadcast as in numpy: arrays give arrays, numbers give numbers.
"""

from armsrace.theory import adversarial_classification as adversarial_classification
from armsrace.theory import adwin as adwin
from armsrace.theory import canaries as canaries
from armsrace.theory import concentration as concentration
from armsrace.theory import detection as detection
from armsrace.theory import evasion as evasion
from armsrace.theory import experts as experts
from armsrace.theory import hypersphere as hypersphere
from armsrace.theory import inspection as inspection
from armsrace.theory import label_smoothing as label_smoothing
from armsrace.theory import leakage as leakage
from armsrace.theory import limited_control as limited_control
from armsrace.theory import nearest_out as nearest_out
from armsrace.theory import partition as partition
from armsrace.theory import performative as performative
from armsrace.theory import poisoning_bound as poisoning_bound
from armsrace.theory import randomized_classification as randomized_classification
from armsrace.theory import spam as spam
from armsrace.theory import sphere_acceptance as sphere_acceptance
from armsrace.theory import spy_spammer as spy_spammer
from armsrace.theory import strategic_classification as strategic_classification
