"""Worlds: where honest labelled traffic comes from."""

from armsrace.worlds.backbone import ABILENE as ABILENE
from armsrace.worlds.backbone import Backbone as Backbone
from armsrace.worlds.datasets import Dataset as Dataset
from armsrace.worlds.datasets import load_digits_pair as load_digits_pair
from armsrace.worlds.datasets import load_mail_words as load_mail_words
from armsrace.worlds.datasets import load_phishing as load_phishing
from armsrace.worlds.datasets import load_sms_spam as load_sms_spam
from armsrace.worlds.datasets import load_spambase as load_spambase
from armsrace.worlds.drift import Drift as Drift
from armsrace.worlds.kddcup99 import kddcup99_feasible as kddcup99_feasible
from armsrace.worlds.kddcup99 import load_kddcup99 as load_kddcup99
from armsrace.worlds.link_traffic import LinkTraffic as LinkTraffic
from armsrace.worlds.pool import Pool as Pool
from armsrace.worlds.splitting import Split as Split
from armsrace.worlds.splitting import split as split
from armsrace.worlds.world import World as World
