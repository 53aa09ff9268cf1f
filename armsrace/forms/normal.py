"""Games in normal form.

A *normal form* has N roles. Role i has a finite set of m_i actions; all roles choose at once, and a
profile of actions (a_1, ..., a_N) gives role i the payoff u_i(a_1, ..., a_N). The payoffs are one
array of shape (N, m_1, ..., m_N), indexed by role, then by the action of every role in the order of
the roles: in a game of two, ``payoffs[role, i, j]`` has the learner's action i and the adversary's
action j, for both roles alike. Every role maximizes its payoff.

An *empirical game* is a normal form whose payoffs were estimated by playing: it keeps its S
independent replicates, and its payoffs are their mean. The replicates are paired: replicate s of
every profile was played on the same random numbers, so that differences between profiles are known
better than the payoffs themselves.

Source: J. von Neumann, O. Morgenstern, Theory of Games and Economic Behavior (1944).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from armsrace.forms.arguments import check_unique, default_labels, default_roles, finite

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, eq=False, repr=False)
class NormalForm:
    """A finite game of simultaneous moves: the payoffs of every role at every profile of actions.

    Parameters
    ----------
    payoffs
        Shape (N, m_1, ..., m_N): role, then the action of each role. Kept as a read-only copy.
    actions
        The labels of the actions, one sequence a role: any hashable objects, such as names or
        agents, different within a role. By default the indices as strings, "0", "1", ...
    roles
        The names of the roles, by default ("learner", "adversary") when there are two and
        ("player 1", ..., "player N") otherwise.
    samples
        Shape (S, N, m_1, ..., m_N): the payoffs of S independent paired replicates, whose mean is
        ``payoffs``; None when the payoffs are exact. `from_samples` takes the mean itself.

    Raises
    ------
    ValueError
        When a number is not finite, a shape does not fit, or labels are missing or not unique.

    Examples
    --------
    >>> chicken = NormalForm.from_bimatrix(
    ...     [[0, 7], [2, 6]], [[0, 2], [7, 6]], actions=[["dare", "yield"], ["dare", "yield"]]
    ... )
    >>> chicken
    NormalForm: 2 x 2, general-sum, exact payoffs
      learner: dare, yield
      adversary: dare, yield
    >>> chicken.is_symmetric()
    True
    >>> chicken.restrict({"learner": ["yield"]}).payoffs.tolist()
    [[[2.0, 6.0]], [[7.0, 6.0]]]
    """

    payoffs: Array
    actions: tuple[tuple[Hashable, ...], ...] = ()
    roles: tuple[str, ...] = ()
    samples: Array | None = None

    def __post_init__(self) -> None:
        payoffs = finite("payoffs", self.payoffs)
        count = payoffs.ndim - 1
        if count < 1 or len(payoffs) != count or payoffs.size == 0:
            raise ValueError(
                "payoffs must have shape (N, m_1, ..., m_N), N roles with an action or more each, "
                f"got {payoffs.shape}; from_bimatrix takes a game of two as two matrices"
            )
        roles = tuple(self.roles) or default_roles(count)
        if len(roles) != count:
            raise ValueError(f"roles must hold {count} names, got {len(roles)}: {roles}")
        check_unique("roles", roles)
        actions = tuple(map(tuple, self.actions)) or default_labels(payoffs.shape[1:])
        if len(actions) != count:
            raise ValueError(f"actions must hold labels for {count} roles, got {len(actions)}")
        for role, labels, m in zip(roles, actions, payoffs.shape[1:], strict=True):
            if len(labels) != m:
                raise ValueError(f"actions of {role} must hold {m} labels, got {len(labels)}")
            check_unique(f"actions of {role}", labels)
        object.__setattr__(self, "payoffs", payoffs)
        object.__setattr__(self, "roles", roles)
        object.__setattr__(self, "actions", actions)
        if self.samples is not None:
            object.__setattr__(self, "samples", _samples(self.samples, payoffs))

    @classmethod
    def from_bimatrix(
        cls,
        learner: ArrayLike,
        adversary: ArrayLike,
        *,
        actions: Sequence[Sequence[Hashable]] = (),
        roles: Sequence[str] = (),
    ) -> "NormalForm":
        """Make a game of two from the payoff matrix of each role.

        Parameters
        ----------
        learner, adversary
            The payoffs of the first and of the second role, each of shape (m, n): the first role's
            actions in rows, the second's in columns, in both matrices.
        actions, roles
            As in `NormalForm`.

        Examples
        --------
        >>> NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]]).payoffs[1].tolist()
        [[3.0, 5.0], [0.0, 1.0]]
        """
        first, second = _matrix("learner", learner), _matrix("adversary", adversary)
        if first.shape != second.shape:
            raise ValueError(
                "learner and adversary must have the same shape (m, n), "
                f"got {first.shape} and {second.shape}"
            )
        return cls(np.array((first, second)), tuple(map(tuple, actions)), tuple(roles))

    @classmethod
    def zero_sum(
        cls,
        learner: ArrayLike,
        *,
        actions: Sequence[Sequence[Hashable]] = (),
        roles: Sequence[str] = (),
    ) -> "NormalForm":
        """Make the game in which the second role pays what the first receives.

        Parameters
        ----------
        learner
            The payoffs of the first role, shape (m, n).
        actions, roles
            As in `NormalForm`.

        Examples
        --------
        >>> NormalForm.zero_sum([[1, -1], [-1, 1]])
        NormalForm: 2 x 2, zero-sum, exact payoffs
          learner: 0, 1
          adversary: 0, 1
        """
        matrix = _matrix("learner", learner)
        return cls.from_bimatrix(matrix, -matrix, actions=actions, roles=roles)

    @classmethod
    def from_samples(
        cls,
        samples: ArrayLike,
        *,
        actions: Sequence[Sequence[Hashable]] = (),
        roles: Sequence[str] = (),
    ) -> "NormalForm":
        """Make an empirical game from independent replicates of all its payoffs.

        Parameters
        ----------
        samples
            Shape (S, N, m_1, ..., m_N): replicate, role, then the action of each role.
        actions, roles
            As in `NormalForm`.

        Examples
        --------
        >>> game = NormalForm.from_samples([[[[0.0]], [[1.0]]], [[[2.0]], [[1.0]]]])
        >>> game.payoffs.tolist(), game.standard_errors.tolist()
        ([[[1.0]], [[1.0]]], [[[1.0]], [[0.0]]])
        """
        array = finite("samples", samples)
        if array.ndim < 3 or len(array) == 0:
            raise ValueError(
                f"samples must have shape (S, N, m_1, ..., m_N) with S >= 1, got {array.shape}"
            )
        return cls(array.mean(axis=0), tuple(map(tuple, actions)), tuple(roles), array)

    @classmethod
    def from_nfg(cls, text: str) -> "NormalForm":
        """Read a game from the text of a Gambit ``.nfg`` file; see `armsrace.forms.nfg`.

        Raises
        ------
        GameFileError
            When the text is no such file, with the line of the problem.

        Examples
        --------
        >>> NormalForm.from_nfg('NFG 1 R "" { "row" "column" } { 1 2 } 1 2 3 4').payoffs.tolist()
        [[[1.0, 3.0]], [[2.0, 4.0]]]
        """
        from armsrace.forms.nfg import read_nfg

        return read_nfg(text)

    def to_nfg(self, title: str = "") -> str:
        """Write the game as a Gambit ``.nfg`` file; see `armsrace.forms.nfg`.

        No bit of a payoff is lost. Labels are written as their ``str``; of an empirical game the
        mean payoffs are written.

        Raises
        ------
        ValueError
            When a label ends in a backslash, which the format cannot hold.
        """
        from armsrace.forms.nfg import write_nfg

        return write_nfg(self, title)

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of actions of each role, (m_1, ..., m_N)."""
        return self.payoffs.shape[1:]

    @property
    def standard_errors(self) -> Array:
        """The standard error of every payoff, in the shape of the payoffs.

        The standard deviation over the S replicates (with S - 1 in its denominator) divided by the
        square root of S; infinite when S = 1, since one replicate cannot tell how much it errs.

        Raises
        ------
        ValueError
            When the payoffs are exact.
        """
        if self.samples is None:
            raise ValueError(
                "these payoffs are exact and have no standard errors; "
                "an empirical game is made by NormalForm.from_samples"
            )
        count = len(self.samples)
        if count == 1:
            return np.full(self.payoffs.shape, np.inf)
        errors: Array = self.samples.std(axis=0, ddof=1) / np.sqrt(count)
        return errors

    def role_index(self, role: str) -> int:
        """Return the position of a role in the order of the roles.

        Raises
        ------
        LookupError
            When the game has no such role.
        """
        if role not in self.roles:
            raise LookupError(f"unknown role {role!r}; the roles are {', '.join(self.roles)}")
        return self.roles.index(role)

    def is_constant_sum(self, tolerance: float = 1e-12) -> bool:
        """Tell whether the payoffs of all roles add up to the same at every profile.

        Parameters
        ----------
        tolerance
            The largest deviation that passes for rounding, as a share of the largest payoff's size.
        """
        total = self.payoffs.sum(axis=0)
        return float(np.ptp(total)) <= 2 * tolerance * self._size

    def is_zero_sum(self, tolerance: float = 1e-12) -> bool:
        """Tell whether the payoffs of all roles add up to zero at every profile.

        Parameters
        ----------
        tolerance
            The largest deviation that passes for rounding, as a share of the largest payoff's size.
        """
        return float(np.abs(self.payoffs.sum(axis=0)).max()) <= tolerance * self._size

    def is_symmetric(self, tolerance: float = 1e-12) -> bool:
        """Tell whether the roles are interchangeable.

        In a symmetric game all roles have equally many actions, and permuting the actions of a
        profile among the roles permutes the payoffs alike. Actions correspond by position, not by
        label.

        Parameters
        ----------
        tolerance
            The largest deviation that passes for rounding, as a share of the largest payoff's size.
        """
        if len(set(self.shape)) > 1:
            return False
        # Exchanges of neighbors generate all permutations.
        for i, j in pairwise(range(len(self.roles))):
            order = list(range(len(self.roles)))
            order[i], order[j] = j, i
            exchanged = self.payoffs[order].swapaxes(i + 1, j + 1)
            if np.abs(exchanged - self.payoffs).max() > tolerance * self._size:
                return False
        return True

    def restrict(self, actions: Mapping[str, Sequence[Hashable]]) -> "NormalForm":
        """Keep only some actions.

        Parameters
        ----------
        actions
            For each role to be restricted, the labels of the actions to keep, in their new order.
            The other roles keep all of theirs.

        Raises
        ------
        LookupError
            When the game has no such role, or the role no such action.
        """
        kept = list(self.actions)
        payoffs, samples = self.payoffs, self.samples
        for role, labels in actions.items():
            index = self.role_index(role)
            kept[index] = tuple(labels)
            places = [_position(role, self.actions[index], label) for label in labels]
            axis = index - len(self.roles)  # from the end: the samples have one axis more in front
            payoffs = payoffs.take(places, axis)
            samples = None if samples is None else samples.take(places, axis)
        return NormalForm(payoffs, tuple(kept), self.roles, samples)

    def transform(self, scale: ArrayLike, shift: ArrayLike) -> "NormalForm":
        """Change the units of the payoffs: payoff -> scale * payoff + shift.

        Best replies, and with them all equilibria, stay what they are.

        Parameters
        ----------
        scale, shift
            One number for each role, or one for all; scales are positive.

        Raises
        ------
        ValueError
            When a scale is not positive or there is not one number a role.

        Examples
        --------
        >>> NormalForm.zero_sum([[1, -1]]).transform([2, 1], [0, 5]).payoffs.tolist()
        [[[2.0, -2.0]], [[4.0, 6.0]]]
        """
        factor, offset = self._per_role("scale", scale), self._per_role("shift", shift)
        if factor.min() <= 0:
            raise ValueError(f"scale must be positive, got {factor.min():g}")
        samples = None if self.samples is None else factor * self.samples + offset
        return NormalForm(factor * self.payoffs + offset, self.actions, self.roles, samples)

    def frame(self) -> "pd.DataFrame":
        """Return a table with one row a profile: the actions, then the payoff of every role.

        The columns are the roles, ``<role>_payoff`` for each and, in an empirical game,
        ``<role>_standard_error``.
        """
        import pandas as pd

        profiles = pd.MultiIndex.from_product(self.actions, names=self.roles).to_frame(index=False)
        columns = {f"{r}_payoff": v for r, v in zip(self.roles, self.payoffs, strict=True)}
        if self.samples is not None:
            errors = zip(self.roles, self.standard_errors, strict=True)
            columns |= {f"{role}_standard_error": values for role, values in errors}
        return profiles.assign(**{name: values.ravel() for name, values in columns.items()})

    def __repr__(self) -> str:
        if self.is_zero_sum():
            kind = "zero-sum"
        elif self.is_constant_sum():
            kind = "constant-sum"
        else:
            kind = "general-sum"
        if self.samples is None:
            source = "exact payoffs"
        else:
            source = f"mean payoffs of {len(self.samples)} paired replicates"
        lines = [f"NormalForm: {' x '.join(map(str, self.shape))}, {kind}, {source}"]
        for role, labels in zip(self.roles, self.actions, strict=True):
            shown = [str(label) for label in labels]
            if len(shown) > 12:
                shown[10:-1] = ["..."]
            lines.append(f"  {role}: {', '.join(shown)}")
        return "\n".join(lines)

    @property
    def _size(self) -> float:
        return float(np.abs(self.payoffs).max())

    def _per_role(self, name: str, values: ArrayLike) -> Array:
        """Bring one number a role into a shape that multiplies the payoffs and the samples."""
        array = finite(name, values)
        count = len(self.roles)
        if array.shape not in ((), (count,)):
            raise ValueError(
                f"{name} must be one number or one for each of {count} roles, "
                f"got shape {array.shape}"
            )
        return np.broadcast_to(array, (count,)).reshape(count, *(1 for _ in self.shape))


def _matrix(name: str, values: ArrayLike) -> Array:
    array = finite(name, values)
    if array.ndim != 2:
        raise ValueError(f"{name} must be a matrix, got an array of shape {array.shape}")
    return array


def _samples(values: ArrayLike, payoffs: Array) -> Array:
    """Check the replicates behind payoffs that are said to be their mean."""
    samples = finite("samples", values)
    if samples.shape[1:] != payoffs.shape or len(samples) == 0:
        raise ValueError(
            f"samples must have shape (S, *{payoffs.shape}) with S >= 1, got {samples.shape}"
        )
    error = float(np.abs(samples.mean(axis=0) - payoffs).max())
    if error > 1e-9 * float(np.abs(samples).max()):
        raise ValueError(
            f"payoffs must be the mean of the samples, got a difference of {error:g}; "
            "NormalForm.from_samples takes the mean itself"
        )
    return samples


def _position(role: str, labels: Sequence[Hashable], label: Hashable) -> int:
    if label not in labels:
        known = ", ".join(map(str, labels))
        raise LookupError(f"{role} has no action {label!r}; its actions are {known}")
    return labels.index(label)
