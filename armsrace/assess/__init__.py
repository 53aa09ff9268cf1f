"""Questions put to a game: what it takes to answer them is played, not assumed."""

from armsrace.assess.calibration import Calibration as Calibration
from armsrace.assess.calibration import calibrate as calibrate
from armsrace.assess.calibration import false_alarms as false_alarms
from armsrace.assess.calibration import observe as observe
from armsrace.assess.calibration import rounds_per_alarm as rounds_per_alarm
from armsrace.assess.contest import Contest as Contest
from armsrace.assess.contest import Tuning as Tuning
from armsrace.assess.contest import contest as contest
from armsrace.assess.contest import verdict as verdict
from armsrace.assess.continuous_race import continuous_race as continuous_race
from armsrace.assess.continuous_race import linear_race as linear_race
from armsrace.assess.continuous_race_report import ContinuousChange as ContinuousChange
from armsrace.assess.continuous_race_report import ContinuousRace as ContinuousRace
from armsrace.assess.course import Course as Course
from armsrace.assess.measured_retraining import MeasuredRetraining as MeasuredRetraining
from armsrace.assess.measured_retraining import MeasuredSchedule as MeasuredSchedule
from armsrace.assess.race import race as race
from armsrace.assess.race_report import Change as Change
from armsrace.assess.race_report import Race as Race
from armsrace.assess.retraining import Schedule as Schedule
from armsrace.assess.retraining import SecureRetraining as SecureRetraining
from armsrace.assess.retraining import secure_retraining as secure_retraining
from armsrace.assess.retraining_search import Search as Search
from armsrace.assess.timing import timed_attacks as timed_attacks
