"""What the learner can do: parts for its five steps, and their bundle, a `Defense`."""

from typing import TYPE_CHECKING

from armsrace._lazy import lazy_exports

if TYPE_CHECKING:
    from armsrace.defenses.classify.analysts import Analysts as Analysts
    from armsrace.defenses.classify.analysts import BlockService as BlockService
    from armsrace.defenses.classify.analysts import SpreadAnalysts as SpreadAnalysts
    from armsrace.defenses.classify.members import RandomMembers as RandomMembers
    from armsrace.defenses.classify.thresholds import MixedThreshold as MixedThreshold
    from armsrace.defenses.collect import CollectClean as CollectClean
    from armsrace.defenses.defense import Classify as Classify
    from armsrace.defenses.defense import Collect as Collect
    from armsrace.defenses.defense import Defense as Defense
    from armsrace.defenses.defense import Fit as Fit
    from armsrace.defenses.defense import Monitor as Monitor
    from armsrace.defenses.defense import Publish as Publish
    from armsrace.defenses.defense import Sanitize as Sanitize
    from armsrace.defenses.fit.adversarial_training import (
        AdversarialTraining as AdversarialTraining,
    )
    from armsrace.defenses.fit.average_out import AverageOut as AverageOut
    from armsrace.defenses.fit.dynamic_threshold import DynamicThreshold as DynamicThreshold
    from armsrace.defenses.fit.false_positive_guard import FalsePositiveGuard as FalsePositiveGuard
    from armsrace.defenses.fit.refit import Refit as Refit
    from armsrace.defenses.fit.retrain import Retrain as Retrain
    from armsrace.defenses.fit.roll_back import RollBack as RollBack
    from armsrace.defenses.fit.trusted_prior import TrustedPrior as TrustedPrior
    from armsrace.defenses.memory import Alarms as Alarms
    from armsrace.defenses.memory import Fitted as Fitted
    from armsrace.defenses.memory import Memory as Memory
    from armsrace.defenses.memory import Observed as Observed
    from armsrace.defenses.monitor.adwin import Adwin as Adwin
    from armsrace.defenses.monitor.calibration import alarms_in as alarms_in
    from armsrace.defenses.monitor.calibration import calibrated as calibrated
    from armsrace.defenses.monitor.canaries import Canaries as Canaries
    from armsrace.defenses.monitor.canaries import CanaryMisses as CanaryMisses
    from armsrace.defenses.monitor.cusum import Cusum as Cusum
    from armsrace.defenses.monitor.cusum import TwoSidedCusum as TwoSidedCusum
    from armsrace.defenses.monitor.limit import FixedLimit as FixedLimit
    from armsrace.defenses.monitor.page_hinkley import PageHinkley as PageHinkley
    from armsrace.defenses.monitor.queries import CloseQueries as CloseQueries
    from armsrace.defenses.monitor.queries import HoneypotHits as HoneypotHits
    from armsrace.defenses.monitor.queries import QueryCount as QueryCount
    from armsrace.defenses.monitor.traffic import BlockedShare as BlockedShare
    from armsrace.defenses.monitor.traffic import KeptScore as KeptScore
    from armsrace.defenses.monitor.traffic import OfferedScore as OfferedScore
    from armsrace.defenses.monitor.traffic import RejectedShare as RejectedShare
    from armsrace.defenses.monitor.traffic import TrustedError as TrustedError
    from armsrace.defenses.monitor.watch import Chart as Chart
    from armsrace.defenses.monitor.watch import RandomAlarm as RandomAlarm
    from armsrace.defenses.monitor.watch import Reading as Reading
    from armsrace.defenses.monitor.watch import Standardized as Standardized
    from armsrace.defenses.monitor.watch import Statistic as Statistic
    from armsrace.defenses.monitor.watch import Watch as Watch
    from armsrace.defenses.monitor.watch import alarm_rounds as alarm_rounds
    from armsrace.defenses.publish.decoys import Honeypot as Honeypot
    from armsrace.defenses.publish.decoys import Mislead as Mislead
    from armsrace.defenses.publish.doors import HideFeatures as HideFeatures
    from armsrace.defenses.publish.doors import HideModel as HideModel
    from armsrace.defenses.publish.doors import LimitQueries as LimitQueries
    from armsrace.defenses.publish.scores import LabelsOnly as LabelsOnly
    from armsrace.defenses.publish.scores import NoisyScores as NoisyScores
    from armsrace.defenses.publish.scores import RoundScores as RoundScores
    from armsrace.defenses.sanitize.bootstrap import Bootstrap as Bootstrap
    from armsrace.defenses.sanitize.confident import ConfidentFilter as ConfidentFilter
    from armsrace.defenses.sanitize.loss import LossFilter as LossFilter
    from armsrace.defenses.sanitize.neighbors import NeighborFilter as NeighborFilter
    from armsrace.defenses.sanitize.quarantine import Quarantine as Quarantine
    from armsrace.defenses.sanitize.roni import RejectOnNegativeImpact as RejectOnNegativeImpact
    from armsrace.defenses.sanitize.sphere_slab import SlabFilter as SlabFilter
    from armsrace.defenses.sanitize.sphere_slab import SphereFilter as SphereFilter
    from armsrace.defenses.sanitize.trim import Trim as Trim

__getattr__, __dir__ = lazy_exports(__name__, __file__)
