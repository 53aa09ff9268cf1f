r"""Alpha-rank: how often evolution with rare mutants sees each profile.

Each role is played by a population of m individuals that all do the same, until one of them tries
something else. Before the next one does, the mutant's action has either taken over its population
or died out. It copies itself and is copied in proportion to exp(alpha * payoff), so against a
resident that earns Delta less it takes over with the *fixation probability*

.. math:: \rho = \frac{1 - e^{-\alpha\Delta}}{1 - e^{-m\alpha\Delta}},
          \qquad \rho = 1/m \text{ at } \Delta = 0

The profiles so form a Markov chain, in which each of the eta = sum_i (m_i - 1) possible mutants
comes up with probability 1 / eta, and its stationary distribution ranks them. For a large alpha the
mass gathers in the sink components of the graph of better replies (Omidshafiei et al. 2019).

In a *symmetric* game both roles may instead be drawn from one population, whose states are single
actions. While k of m individuals play the mutant action, an individual earns on average what it
meets among the m - 1 others, so Delta depends on k (the local selection model of the same paper)::

    rho = 1 / (1 + sum_{l=1}^{m-1} exp(-alpha sum_{k=1}^{l} Delta_k))

Large alpha make probabilities too small for float64. All of them are therefore kept as logarithms,
and the stationary distribution is found by the elimination of Grassmann, Taksar and Heyman, which
adds, multiplies and divides but never subtracts: every mass is right to its last digits for any
alpha.
"""

import numpy as np

from armsrace.forms.normal import Array, NormalForm


def alpha_rank(form: NormalForm, *, alpha: float = 100.0, population: int = 50) -> Array:
    """Return the stationary mass of every profile, each role being a population of its own.

    Parameters
    ----------
    form
        The game.
    alpha
        The intensity of selection, positive, in units of 1 / payoff. The ranking settles as it
        grows.
    population
        The number m of individuals of each population, 2 or more.

    Returns
    -------
    array
        Shape (m_1, ..., m_N), adding up to 1. Takes time S^3 / 3 and memory S^2 for S profiles.

    Raises
    ------
    ValueError
        When alpha is not positive and finite or the population is less than 2.

    References
    ----------
    S. Omidshafiei et al., "alpha-Rank: multi-agent evaluation by evolution", Scientific Reports 9
    (2019).

    Examples
    --------
    >>> dilemma = NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> alpha_rank(dilemma).round(6).tolist()
    [[0.0, 0.0], [0.0, 1.0]]
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> alpha_rank(pennies).tolist()
    [[0.25, 0.25], [0.25, 0.25]]
    """
    _check(alpha, population)
    count = form.payoffs[0].size
    numbers = np.arange(count).reshape(form.shape)
    rates = np.full((count, count), -np.inf)
    for axis, m in enumerate(form.shape):
        own = np.moveaxis(form.payoffs[axis], axis, -1).reshape(-1, m)
        places = np.moveaxis(numbers, axis, -1).reshape(-1, m)
        gains = own[:, None, :] - own[:, :, None]  # [others' profile, resident, mutant]
        rates[places[:, :, None], places[:, None, :]] = _log_fixation(alpha * gains, population)
    return _stationary(rates).reshape(form.shape)


def alpha_rank_symmetric(form: NormalForm, *, alpha: float = 100.0, population: int = 50) -> Array:
    """Return the stationary mass of every action in one population that plays a symmetric game.

    Parameters
    ----------
    form
        A symmetric game of two roles.
    alpha, population
        As in `alpha_rank`.

    Returns
    -------
    array
        Shape (n,), adding up to 1. Takes time in proportion to n^2 (n + population).

    Raises
    ------
    ValueError
        When the game is not symmetric or of two roles, alpha is not positive and finite, or the
        population is less than 2.

    References
    ----------
    As `alpha_rank`.

    Examples
    --------
    >>> rps = NormalForm.zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    >>> alpha_rank_symmetric(rps).round(6).tolist()
    [0.333333, 0.333333, 0.333333]
    """
    _check(alpha, population)
    if len(form.roles) != 2 or not form.is_symmetric():
        raise ValueError(
            "alpha_rank_symmetric needs a symmetric game of two roles; alpha_rank takes any game"
        )
    earned = form.payoffs[0]
    among = np.diag(earned)
    # Of m individuals, k mutants [b] and m - k residents [a]; each meets the m - 1 others.
    k = np.arange(1, population)[:, None, None]
    mutants = (k - 1) * among + (population - k) * earned.T
    residents = k * earned + (population - k - 1) * among[:, None]
    gains = alpha * (mutants - residents) / (population - 1)
    return _stationary(-np.logaddexp(0.0, _log_sum(-gains.cumsum(axis=0))))


def _check(alpha: float, population: int) -> None:
    if not 0.0 < alpha < np.inf:
        raise ValueError(f"alpha must be positive and finite, got {alpha:g}")
    if population < 2:
        raise ValueError(f"population must be at least 2, got {population}")


def _log_sum(exponents: Array) -> Array:
    """Return the logarithm of the sum of exponentials along the first axis."""
    largest = exponents.max(axis=0)
    total: Array = largest + np.log(np.exp(exponents - largest).sum(axis=0))
    return total


def _log_fixation(gains: Array, population: int) -> Array:
    """Return the logarithm of the fixation probability of mutants with these gains, times alpha.

    For a gain d above zero it is log((1 - e^-d) / (1 - e^-md)), and for one below, with the same
    numerator and denominator multiplied by e^d and e^md, (m - 1) d less than for -d.
    """
    size = np.where(gains == 0.0, 1.0, np.abs(gains))
    logs = np.log(-np.expm1(-size)) - np.log(-np.expm1(-population * size))
    logs = np.where(gains < 0.0, logs - (population - 1) * size, logs)
    fixation: Array = np.where(gains == 0.0, -np.log(population), logs)
    return fixation


def _stationary(rates: Array) -> Array:
    """Return the stationary distribution of a chain from the logarithms of its rates.

    Shape (S, S), from the state in the row to the one in the column; the diagonal is ignored, and
    so is a factor common to all rates. States are eliminated from the last to the first.
    """
    rates = rates.copy()
    np.fill_diagonal(rates, -np.inf)
    count = len(rates)
    for s in range(count - 1, 0, -1):
        rates[:s, s] -= _log_sum(rates[s, :s])
        through = rates[:s, s, None] + rates[s, :s]
        np.logaddexp(rates[:s, :s], through, out=rates[:s, :s])
    masses = np.zeros(count)
    for s in range(1, count):
        masses[s] = _log_sum(masses[:s] + rates[:s, s])
    shares = np.exp(masses - masses.max())
    stationary: Array = shares / shares.sum()
    return stationary
