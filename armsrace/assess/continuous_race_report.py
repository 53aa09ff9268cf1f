"""What a race in one number looks like: its table, its picture, and its text."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from armsrace.assess.course import Course, told
from armsrace.statistics import Array

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@final
@dataclass(frozen=True)
class ContinuousChange:
    """What a single change does to a race.

    Attributes
    ----------
    name
        Which kind.
    setting
        Its strength: the weakest of those tried that ends the race, or else the strongest.
    course, period
        How the race goes with it.
    loss
        The learner's mean loss where it rests or cycles; infinite when it does neither.
    """

    name: str
    setting: str
    course: Course
    period: int | None
    loss: float

    @property
    def ends_the_race(self) -> bool:
        """Whether the race comes to rest."""
        return self.course is Course.CONVERGES


@final
@dataclass(frozen=True, eq=False, repr=False)
class ContinuousRace:
    """How a race in one number goes, and what it costs.

    Attributes
    ----------
    models
        The models deployed, in order, shape (T,).
    course, period
        Whether the race converges, cycles (with which period) or escalates.
    idle_loss
        Loss of the first model, once the adversary has reacted to it.
    stable, committed
        The two points; nan when there is none within 10^9 of the start.
    stable_loss, committed_loss
        What the learner loses there.
    changes
        What each single change does, in the order of `armsrace.assess.continuous_race`.
    """

    models: Array
    course: Course
    period: int | None
    idle_loss: float
    stable: float
    committed: float
    stable_loss: float
    committed_loss: float
    changes: tuple[ContinuousChange, ...]

    @property
    def price(self) -> float:
        """What the learner loses at the stable point above the committed one."""
        return self.stable_loss - self.committed_loss

    @property
    def price_ratio(self) -> float:
        """How many times more commitment gains over the first model than the stable point does."""
        gained = self.idle_loss - self.stable_loss
        return (self.idle_loss - self.committed_loss) / gained if gained else np.nan

    def frame(self) -> "pd.DataFrame":
        """One row a change: its setting, course, period, loss, and whether it ends the race."""
        import pandas as pd

        return pd.DataFrame(
            {
                "change": change.name,
                "setting": change.setting,
                "course": change.course.value,
                "period": change.period,
                "loss": change.loss,
                "ends_the_race": change.ends_the_race,
            }
            for change in self.changes
        )

    def plot(self) -> "Figure":
        """The first models by round, with the stable and the committed point."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(5.5, 2.6), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(self.models[:40], color="#4477AA", marker=".")
        for name, point, style in (
            ("stable", self.stable, "-"),
            ("committed", self.committed, "--"),
        ):
            if np.isfinite(point):
                axes.axhline(point, color="#888888", linestyle=style, label=name)
        axes.set(xlabel="round", ylabel="model")
        figure.legend(loc="outside upper center", ncols=2, frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        return figure

    def __repr__(self) -> str:
        lines = [
            f"Naive best response {told(self.course, self.period)}",
            f"  stable point     {self.stable:>11.6g}  loss {self.stable_loss:.6g}",
            f"  committed point  {self.committed:>11.6g}  loss {self.committed_loss:.6g}",
            f"  price of the arms race {self.price:.6g}, gain ratio {self.price_ratio:.6g}",
        ]
        for change in self.changes:
            lines.append(
                f"  {change.name:<25}{change.setting:<15}{told(change.course, change.period)}"
            )
        return "\n".join(lines)
