"""What the adversary can do: parts for its three steps, and their bundle, an `Attack`."""

from armsrace.attacks.attack import Attack as Attack
from armsrace.attacks.attack import Evade as Evade
from armsrace.attacks.attack import Poison as Poison
from armsrace.attacks.attack import Probe as Probe
from armsrace.attacks.evade.words import GoodWords as GoodWords
from armsrace.attacks.knowledge import Knowledge as Knowledge
from armsrace.attacks.poison.flipped_copies import FlippedCopies as FlippedCopies
from armsrace.attacks.poison.hypersphere import HypersphereShift as HypersphereShift
from armsrace.attacks.poison.labels import RandomLabelFlip as RandomLabelFlip
from armsrace.attacks.poison.mail import DictionaryFlood as DictionaryFlood
from armsrace.attacks.poison.mail import FocusedMail as FocusedMail
from armsrace.attacks.poison.svm.poisoning import SupportVectorPoisoning as SupportVectorPoisoning
from armsrace.attacks.probe.queries import QueryReference as QueryReference
