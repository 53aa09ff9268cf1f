"""KDD Cup 1999: what is made of a file in the original format, and what is said without one."""

from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
from sklearn import datasets
from sklearn.utils import Bunch

from armsrace.worlds import Pool, kddcup99_feasible, load_kddcup99

HEADER = (
    "duration protocol_type service flag src_bytes dst_bytes land wrong_fragment urgent hot "
    "num_failed_logins logged_in num_compromised root_shell su_attempted num_root "
    "num_file_creations num_shells num_access_files num_outbound_cmds is_host_login "
    "is_guest_login count srv_count serror_rate srv_serror_rate rerror_rate srv_rerror_rate "
    "same_srv_rate diff_srv_rate srv_diff_host_rate dst_host_count dst_host_srv_count "
    "dst_host_same_srv_rate dst_host_diff_srv_rate dst_host_same_src_port_rate "
    "dst_host_srv_diff_host_rate dst_host_serror_rate dst_host_srv_serror_rate "
    "dst_host_rerror_rate dst_host_srv_rerror_rate"
)
FEATURES = HEADER.split()

# Made up, in the format of the file: 41 features and the class, one connection a line; the third
# and the last line repeat earlier ones.
CONNECTIONS = """\
0,tcp,http,SF,200,5000,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,8,8,0.00,0.00,0.00,0.00,1.00,0.00,0.00,\
9,9,1.00,0.00,0.11,0.00,0.00,0.00,0.00,0.00,normal.
0,icmp,ecr_i,SF,1000,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,500,500,0.00,0.00,0.00,0.00,1.00,0.00,0.00,\
255,255,1.00,0.00,1.00,0.00,0.00,0.00,0.00,0.00,smurf.
0,icmp,ecr_i,SF,1000,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,500,500,0.00,0.00,0.00,0.00,1.00,0.00,0.00,\
255,255,1.00,0.00,1.00,0.00,0.00,0.00,0.00,0.00,smurf.
12,tcp,smtp,REJ,0,0,1,0,0,0,0,0,0,0,2,0,0,0,0,0,0,0,3,1,0.33,1.00,0.67,0.00,0.33,0.67,0.00,\
20,2,0.10,0.20,0.05,0.00,0.50,1.00,0.45,0.00,neptune.
5,udp,domain_u,SF,40,90,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,2,2,0.00,0.00,0.00,0.00,1.00,0.00,0.00,\
30,30,1.00,0.00,0.02,0.00,0.00,0.00,0.00,0.00,normal.
0,tcp,http,SF,200,5000,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,8,8,0.00,0.00,0.00,0.00,1.00,0.00,0.00,\
9,9,1.00,0.00,0.11,0.00,0.00,0.00,0.00,0.00,normal.
"""


def fetched(**parameters: Any) -> Bunch:
    """What scikit-learn makes of the connections: objects, symbols as bytes."""
    assert parameters == {"percent10": True, "data_home": None}
    lines = [line.split(",") for line in CONNECTIONS.splitlines()]
    data = np.empty((len(lines), 41), dtype=object)
    for row, line in enumerate(lines):
        for column, text in enumerate(line[:-1]):
            symbolic = FEATURES[column] in ("protocol_type", "service", "flag")
            data[row, column] = text.encode() if symbolic else float(text)
    target = np.array([line[-1].encode() for line in lines], dtype=object)
    return Bunch(data=data, target=target, feature_names=FEATURES)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "fetch_kddcup99", fetched)


@pytest.mark.usefixtures("offline")
def test_symbols_become_columns_and_repeats_are_dropped() -> None:
    data = load_kddcup99()
    assert data.labels.tolist() == [False, True, True, False]
    assert data.rows.shape == (4, 38 + 3 + 4 + 2)
    assert data.feature_names[:6] == (
        "duration",
        "protocol_type=icmp",
        "protocol_type=tcp",
        "protocol_type=udp",
        "service=domain_u",
        "service=ecr_i",
    )
    column = {name: data.rows[:, index].tolist() for index, name in enumerate(data.feature_names)}
    assert column["protocol_type=tcp"] == [1, 0, 1, 0]
    assert column["flag=REJ"] == [0, 0, 1, 0]
    assert column["duration"] == [0, 0, 12, 5]
    assert column["src_bytes"] == [200, 1000, 0, 40]
    assert column["serror_rate"] == [0, 0, 0.33, 0]
    assert set(FEATURES) - {"protocol_type", "service", "flag"} < set(data.feature_names)


@pytest.mark.usefixtures("offline")
def test_every_connection_is_feasible_and_the_columns_are_what_they_are() -> None:
    data = load_kddcup99()
    feasible = kddcup99_feasible(data.feature_names)
    assert feasible.allows(data.rows).all()
    assert [len(group) for group in feasible.groups] == [3, 4, 2]
    for name, value in (
        ("duration", -1.0),
        ("count", 2.5),
        ("serror_rate", 1.5),
        ("land", 2.0),
        ("flag=REJ", 1.0),
    ):
        row = data.rows[:1].copy()
        row[0, data.feature_names.index(name)] = value
        assert not feasible.allows(row)[0], name
    fractional = data.rows[:1].copy()
    fractional[0, data.feature_names.index("serror_rate")] = 0.5
    assert feasible.allows(fractional)[0]


@pytest.mark.usefixtures("offline")
def test_the_data_feeds_a_world() -> None:
    data = load_kddcup99()
    rows, labels = np.repeat(data.rows, 5, axis=0), np.repeat(data.labels, 5)
    rows[:, 0] = np.arange(len(rows))  # otherwise equal rows would stay together
    world = Pool.split(rows, labels, initial=2, per_round=4, faced=4)
    assert world.draw(0, np.random.default_rng(0)).rows.shape == (4, 47)


def test_without_a_network_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(**_: Any) -> Bunch:
        raise URLError("name resolution failed")

    monkeypatch.setattr(datasets, "fetch_kddcup99", no_network)
    with pytest.raises(
        ConnectionError, match=r"resolution failed.*copy scikit-learn's data folder"
    ):
        load_kddcup99()
