"""The catalogue: one concrete game a file; exporting its class here registers it."""

from games.alarm_flood import AlarmFlood as AlarmFlood
from games.backdoor import Backdoor as Backdoor
from games.centroid_displacement import CentroidDisplacement as CentroidDisplacement
from games.centroid_shift import CentroidShift as CentroidShift
from games.dictionary_attack import DictionaryAttack as DictionaryAttack
from games.evasion import Evasion as Evasion
from games.focused_attack import FocusedAttack as FocusedAttack
from games.good_words import GoodWords as GoodWords
from games.guarded_displacement import GuardedDisplacement as GuardedDisplacement
from games.label_flip import LabelFlip as LabelFlip
from games.measured_displacement import MeasuredDisplacement as MeasuredDisplacement
from games.mistaken_identity import MistakenIdentity as MistakenIdentity
from games.pca_chaff import PcaChaff as PcaChaff
from games.svm_poisoning import SvmPoisoning as SvmPoisoning
from games.windowed_displacement import WindowedDisplacement as WindowedDisplacement
