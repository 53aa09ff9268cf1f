"""The label-cleaning benchmark: the best sanitizer catches 163 of 180 at 36 false alarms of 720."""

from collections.abc import Callable
from pathlib import Path


def test_the_best_sanitizers_reach_the_goal_and_chance_does_not(
    small_run: Callable[[str], tuple[Path, str]],
) -> None:
    _, printed = small_run("label_cleaning")
    header, *lines, verdict = printed.splitlines()
    assert "caught of 180" in header
    assert "false alarms of 720" in header
    measured = {}
    for line in lines:
        name, numbers = line[:24].strip(), line[24:].split()
        measured[name] = int(numbers[0]), int(numbers[1])
    met = {name for name, (caught, false) in measured.items() if caught >= 163 and false <= 36}
    assert {"loss (held out)", "nearest neighbors", "confident learning", "TRIM"} <= met
    assert set(verdict.split(": ")[1].split(", ")) == met
    caught, false_alarms = measured["one in five at random"]
    assert caught < 60
    assert false_alarms > 100
