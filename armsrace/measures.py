"""What a learner can tell of its model by itself: measures for the rules of a game.

They read rows and labels that the learner has, and never the truth about the traffic. Name them in
`Rules.measures`, reveal them in `Rules.learner_sees` and `Rules.adversary_sees`, and retraining
policies can go by them (`armsrace.assess.secure_retraining`). Which are worth going by depends on
what they hide. The error on the trusted rows is small for the model that was trained on them and no
others, good or bad; the error on the rows that a model was trained on says how far their labels
contradict each other, and so how much of them is wrong; the number of these rows tells apart two
models with equal errors.
"""

from functools import lru_cache

import numpy as np

from armsrace.batch import Batch, join
from armsrace.defenses.memory import Fitted
from armsrace.game import State
from armsrace.models.scoring import judge


def trusted_error(state: State) -> float:
    """Share of the trusted rows, of before the game, that the deployed model gets wrong.

    Examples
    --------
    >>> import armsrace as ar
    >>> history = ar.play(ar.load_game("label_flip"), "retrain", "wait", rounds=1)
    >>> 0.0 <= trusted_error(history.position.state) < 0.2
    True
    """
    return _error(state.model, (state.memory.trusted,))


def training_error(state: State) -> float:
    """Share of the rows with whose labels the deployed model was trained that it gets wrong.

    Examples
    --------
    Flipped labels contradict the others:

    >>> import armsrace as ar
    >>> game = ar.load_game("label_flip")
    >>> clean, flipped = (
    ...     training_error(ar.play(game, "retrain", attack, rounds=3).position.state)
    ...     for attack in ("wait", "label_noise_20%")
    ... )
    >>> clean < flipped
    True
    """
    return _error(state.model, state.model.learned)


def training_rows(state: State) -> float:
    """How many rows the deployed model was trained on.

    Examples
    --------
    >>> import armsrace as ar
    >>> training_rows(ar.play(ar.load_game("label_flip"), "hold", "wait", rounds=1).position.state)
    50.0
    """
    return float(sum(map(len, state.model.learned)))


@lru_cache(maxsize=16)  # a model that is held is asked the same in every round
def _error(model: Fitted, batches: tuple[Batch, ...]) -> float:
    """Share of rows whose verdict is not their label; to abstain is wrong, too."""
    # Asked once for all rows: scikit-learn takes longer to check a batch than to judge it.
    rows = join(batches)
    wrong = np.count_nonzero(judge(model.deployed, rows.rows).decisions != rows.labels)
    return int(wrong) / max(1, len(rows))
