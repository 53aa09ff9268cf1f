"""What the adversary can do: parts for its three steps, and their bundle, an `Attack`."""

from armsrace.attacks.attack import Attack as Attack
from armsrace.attacks.attack import Evade as Evade
from armsrace.attacks.attack import Poison as Poison
from armsrace.attacks.attack import Probe as Probe
from armsrace.attacks.evade import GoodWords as GoodWords
from armsrace.attacks.knowledge import Knowledge as Knowledge
from armsrace.attacks.poison import DictionaryFlood as DictionaryFlood
from armsrace.attacks.poison import FocusedMail as FocusedMail
from armsrace.attacks.poison import HypersphereShift as HypersphereShift
from armsrace.attacks.poison import RandomLabelFlip as RandomLabelFlip
from armsrace.attacks.probe import QueryReference as QueryReference
