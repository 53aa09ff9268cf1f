"""What the adversary can do: parts for its three steps, and their bundle, an `Attack`."""

from typing import TYPE_CHECKING

from armsrace._lazy import lazy_exports

if TYPE_CHECKING:
    from armsrace.attacks.attack import Attack as Attack
    from armsrace.attacks.attack import Evade as Evade
    from armsrace.attacks.attack import Poison as Poison
    from armsrace.attacks.attack import Probe as Probe
    from armsrace.attacks.evade.boundary import BoundaryEvasion as BoundaryEvasion
    from armsrace.attacks.evade.decoys import AlarmFlood as AlarmFlood
    from armsrace.attacks.evade.decoys import BlendedFlood as BlendedFlood
    from armsrace.attacks.evade.decoys import Spoof as Spoof
    from armsrace.attacks.evade.gradient import BudgetedEvasion as BudgetedEvasion
    from armsrace.attacks.evade.gradient import MinimumCostEvasion as MinimumCostEvasion
    from armsrace.attacks.evade.mimicry import Mimicry as Mimicry
    from armsrace.attacks.evade.words import GoodWords as GoodWords
    from armsrace.attacks.knowledge import Knowledge as Knowledge
    from armsrace.attacks.poison.backdoor import Backdoor as Backdoor
    from armsrace.attacks.poison.backdoor import StampTrigger as StampTrigger
    from armsrace.attacks.poison.backdoor import Trigger as Trigger
    from armsrace.attacks.poison.chaff import AddMoreIfBigger as AddMoreIfBigger
    from armsrace.attacks.poison.chaff import BoilingFrogChaff as BoilingFrogChaff
    from armsrace.attacks.poison.chaff import OptimizedChaff as OptimizedChaff
    from armsrace.attacks.poison.chaff import RandomChaff as RandomChaff
    from armsrace.attacks.poison.filters import certified_loss as certified_loss
    from armsrace.attacks.poison.filters import regions as regions
    from armsrace.attacks.poison.flipped_copies import FlippedCopies as FlippedCopies
    from armsrace.attacks.poison.hypersphere import HypersphereShift as HypersphereShift
    from armsrace.attacks.poison.hypersphere_schedule import (
        LimitedControlShift as LimitedControlShift,
    )
    from armsrace.attacks.poison.hypersphere_schedule import ScheduledShift as ScheduledShift
    from armsrace.attacks.poison.influence import InfluencePoison as InfluencePoison
    from armsrace.attacks.poison.influence import influence_gradient as influence_gradient
    from armsrace.attacks.poison.kkt import KKTAttack as KKTAttack
    from armsrace.attacks.poison.kkt import KKTPoison as KKTPoison
    from armsrace.attacks.poison.kkt import kkt_attack as kkt_attack
    from armsrace.attacks.poison.labels import AlternatingLabelFlip as AlternatingLabelFlip
    from armsrace.attacks.poison.labels import RandomLabelFlip as RandomLabelFlip
    from armsrace.attacks.poison.labels import WorstCaseLabelFlip as WorstCaseLabelFlip
    from armsrace.attacks.poison.linear import LinearLearner as LinearLearner
    from armsrace.attacks.poison.mail import DictionaryFlood as DictionaryFlood
    from armsrace.attacks.poison.mail import FocusedMail as FocusedMail
    from armsrace.attacks.poison.margin_losses import Hinge as Hinge
    from armsrace.attacks.poison.margin_losses import Logistic as Logistic
    from armsrace.attacks.poison.margin_losses import MarginLoss as MarginLoss
    from armsrace.attacks.poison.margin_losses import Squared as Squared
    from armsrace.attacks.poison.margin_losses import SquaredHinge as SquaredHinge
    from armsrace.attacks.poison.minmax import MinMaxAttack as MinMaxAttack
    from armsrace.attacks.poison.minmax import MinMaxPoison as MinMaxPoison
    from armsrace.attacks.poison.minmax import minmax_attack as minmax_attack
    from armsrace.attacks.poison.region import Region as Region
    from armsrace.attacks.poison.svm.poisoning import (
        SupportVectorPoisoning as SupportVectorPoisoning,
    )
    from armsrace.attacks.probe.acre import acre_boolean as acre_boolean
    from armsrace.attacks.probe.acre import acre_linear as acre_linear
    from armsrace.attacks.probe.acre import linear_boundary as linear_boundary
    from armsrace.attacks.probe.disguise import BooleanDisguise as BooleanDisguise
    from armsrace.attacks.probe.disguise import Disguise as Disguise
    from armsrace.attacks.probe.disguise import KstepDisguise as KstepDisguise
    from armsrace.attacks.probe.disguise import MultilineDisguise as MultilineDisguise
    from armsrace.attacks.probe.distrust import Distrust as Distrust
    from armsrace.attacks.probe.membership import Found as Found
    from armsrace.attacks.probe.membership import Membership as Membership
    from armsrace.attacks.probe.multiline import axis_lines as axis_lines
    from armsrace.attacks.probe.multiline import kstep_search as kstep_search
    from armsrace.attacks.probe.multiline import multiline_search as multiline_search
    from armsrace.attacks.probe.multiline import straight_lines as straight_lines
    from armsrace.attacks.probe.queries import QueryReference as QueryReference
    from armsrace.attacks.probe.surrogate import LinearSurrogate as LinearSurrogate
    from armsrace.attacks.probe.surrogate import Surrogate as Surrogate

__getattr__, __dir__ = lazy_exports(__name__, __file__)
