"""What the learner can do: parts for its five steps, and their bundle, a `Defense`."""

from armsrace.defenses.classify.analysts import Analysts as Analysts
from armsrace.defenses.classify.analysts import BlockService as BlockService
from armsrace.defenses.classify.thresholds import MixedThreshold as MixedThreshold
from armsrace.defenses.collect import CollectClean as CollectClean
from armsrace.defenses.defense import Classify as Classify
from armsrace.defenses.defense import Collect as Collect
from armsrace.defenses.defense import Defense as Defense
from armsrace.defenses.defense import Fit as Fit
from armsrace.defenses.defense import Monitor as Monitor
from armsrace.defenses.defense import Publish as Publish
from armsrace.defenses.defense import Sanitize as Sanitize
from armsrace.defenses.fit.dynamic_threshold import DynamicThreshold as DynamicThreshold
from armsrace.defenses.fit.false_positive_guard import FalsePositiveGuard as FalsePositiveGuard
from armsrace.defenses.fit.retrain import Retrain as Retrain
from armsrace.defenses.memory import Alarms as Alarms
from armsrace.defenses.memory import Fitted as Fitted
from armsrace.defenses.memory import Memory as Memory
from armsrace.defenses.memory import Observed as Observed
from armsrace.defenses.monitor.blocked_share import BlockedShareAlarm as BlockedShareAlarm
from armsrace.defenses.publish.doors import HideModel as HideModel
from armsrace.defenses.publish.doors import LabelsOnly as LabelsOnly
from armsrace.defenses.publish.doors import LimitQueries as LimitQueries
from armsrace.defenses.sanitize.bootstrap import Bootstrap as Bootstrap
from armsrace.defenses.sanitize.roni import RejectOnNegativeImpact as RejectOnNegativeImpact
