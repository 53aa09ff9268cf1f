"""The experiment on prediction games: its tables hold what it says."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

COMMITTED = Path(__file__).parents[1] / "experiments"


def test_both_tables(small_run: Callable[[str], tuple[Path, str]]) -> None:
    out, _ = small_run("prediction_games")
    scores = pd.read_csv(out / "prediction_games_table.csv")
    assert len(scores) == 5 * 2 * 2
    assert scores["f_measure"].between(0.0, 1.0).all()
    naive = pd.read_csv(out / "prediction_games_best_responses.csv")
    unique = naive[naive["surely_unique"]]
    assert (unique["product"] == 1.05).all()
    assert (unique["period"] == 1).all()
    assert (unique["equilibrium_distance"] < 1e-6).all()
    low = naive[naive["product"] == 0.02].set_index(["classes", "game"])
    assert low["period"].to_dict() == {
        ("overlapping", "nash_logistic_regression"): 2,
        ("overlapping", "nash_svm"): 1,
        ("apart", "nash_logistic_regression"): 2,
        ("apart", "nash_svm"): 2,
    }
    assert (low.loc[low["period"] == 2, "last_move"] > 1.0).all()
    assert (naive["equilibrium_regret"] < 1e-8).all()


def test_committed_numbers_say_what_the_experiment_says() -> None:
    scores = pd.read_csv(COMMITTED / "prediction_games_table.csv")
    keys = scores[["filter", "tuned for", "faces"]].itertuples(index=False, name=None)
    ends = scores[["gain_low", "gain_high"]].to_numpy(dtype=float).tolist()
    gains = dict(zip(keys, ends, strict=True))
    for game in ("Nash logistic regression", "Stackelberg logistic regression", "Nash SVM"):
        low, _ = gains[game, "none", "best reply"]
        assert low > 0.1  # tuned as if nobody answered, the games lose less to the answer
        low, high = gains[game, "none", "none"]
        assert -0.02 < low < high < 0.0
    _, high = gains["Stackelberg logistic regression", "best reply", "best reply"]
    assert high < 0.01
    assert (scores["splits"] == 12).all()
