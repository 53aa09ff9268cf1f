"""From events to payoffs: counted right, priced linearly, zero-sum exactly when the lists agree."""

from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armsrace.batch import Batch
from armsrace.costs import EVENTS, Costs, Prices, Tally, count
from armsrace.verdicts import Verdicts

TALLIES = st.builds(Tally, **dict.fromkeys(EVENTS, st.integers(0, 1000)))
# Multiples of 1/8 up to 1000: their products and sums with counts are exact in floating point.
PRICE = st.integers(-8000, 8000).map(lambda eighths: eighths / 8)
PRICES = st.builds(Prices, **dict.fromkeys(EVENTS, PRICE))


def judged(labels: list[int], decisions: list[int], **marks: list[int]) -> tuple[Batch, Verdicts]:
    nothing = [0] * len(labels)
    origin, target = (np.array(marks.get(m, nothing), dtype=bool) for m in ("origin", "target"))
    batch = Batch(np.zeros((len(labels), 1)), np.array(labels, dtype=bool), origin, target)
    return batch, Verdicts(np.zeros(len(labels)), np.array(decisions, dtype=np.int8))


def test_events_of_a_round_are_counted() -> None:
    """Known answer, by hand: six kinds of verdict, and a target of each fate."""
    faced, verdicts = judged(
        labels=[1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
        decisions=[1, 1, 1, 0, 0, -1, 0, 1, -1, -1, -1],
        origin=[0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
        target=[1, 0, 0, 1, 0, 1, 1, 1, 1, 0, 0],
    )
    offered, _ = judged(labels=[0, 1, 1, 0], decisions=[0] * 4, origin=[0, 0, 1, 1])
    kept = np.array([True, False, True, False])
    assert count(
        offered, kept, faced, verdicts, collected=5, queries=9, retrained=True, alarm=False
    ) == Tally(
        tp=3,
        fp=1,
        tn=1,
        fn=2,
        unsure_malicious=1,
        unsure_honest=3,
        target_errors=2,
        target_unsure=2,
        offered=4,
        kept=2,
        poison=2,
        poison_kept=1,
        false_rejections=1,
        evasions=2,
        collected=5,
        queries=9,
        retrainings=1,
        alarms=0,
    )


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(-1, 1), st.integers(0, 1), st.integers(0, 1)),
        max_size=30,
    )
)
@settings(max_examples=200)
def test_every_faced_row_is_counted_once(rows: list[tuple[int, int, int, int]]) -> None:
    labels, decisions, origin, target = ([row[i] for row in rows] for i in range(4))
    faced, verdicts = judged(labels, decisions, origin=origin, target=target)
    empty = faced.take(np.zeros(0, dtype=int))
    tally = count(
        empty,
        np.zeros(0, dtype=bool),
        faced,
        verdicts,
        collected=0,
        queries=0,
        retrained=False,
        alarm=True,
    )
    assert tally.tp + tally.fn + tally.unsure_malicious == sum(labels)
    assert tally.tn + tally.fp + tally.unsure_honest == len(labels) - sum(labels)
    right = sum(t for label, d, _, t in rows if label == d)
    assert tally.target_errors + tally.target_unsure + right == sum(target)
    assert tally.evasions == sum(origin)
    assert (tally.offered, tally.kept, tally.retrainings, tally.alarms) == (0, 0, 0, 1)


@given(PRICES, TALLIES, TALLIES)
@settings(max_examples=200)
def test_payoffs_are_linear_in_the_tally(prices: Prices, one: Tally, other: Tally) -> None:
    both = Tally(*(a + b for a, b in zip(astuple(one), astuple(other), strict=True)))
    assert prices.of(both) == prices.of(one) + prices.of(other)


@given(PRICES, PRICES, TALLIES)
@settings(max_examples=200)
def test_payoffs_are_linear_in_the_prices(one: Prices, other: Prices, tally: Tally) -> None:
    both = Prices(**{name: getattr(one, name) + getattr(other, name) for name in EVENTS})
    assert both.of(tally) == one.of(tally) + other.of(tally)


@given(PRICES, TALLIES)
@settings(max_examples=100)
def test_opposed_costs_are_zero_sum(prices: Prices, tally: Tally) -> None:
    costs = Costs.opposed(prices)
    assert costs.zero_sum
    assert sum(costs.payoffs(tally)) == 0.0


@given(PRICES, st.sampled_from(EVENTS), st.one_of(st.none(), PRICE))
@settings(max_examples=200)
def test_costs_are_zero_sum_exactly_if_the_lists_are_equal(
    prices: Prices, event: str, other: float | None
) -> None:
    """Where two lists differ in the price of an event, a tally of that event shows it."""
    price = getattr(prices, event) if other is None else other
    costs = Costs(prices, replace(prices, **{event: price}))
    assert costs.zero_sum == (price == getattr(prices, event))
    assert costs.zero_sum == (sum(costs.payoffs(Tally(**{event: 1}))) == 0)


def test_equal_lists_are_zero_sum_even_when_they_are_two_objects() -> None:
    assert Costs(Prices(fp=1.0, poison=-0.1), Prices(poison=-0.1, fp=1.0)).zero_sum


def test_payoffs_have_the_signs_that_the_module_states() -> None:
    costs = Costs(learner=Prices(fp=2.0), adversary=Prices(fp=1.0, poison=-0.5))
    assert costs.payoffs(Tally(fp=3, poison=4)) == (-6.0, 1.0)
    assert str(costs.payoffs(Tally())) == "(0.0, 0.0)"


@pytest.mark.parametrize("price", [float("nan"), float("inf")])
def test_price_must_be_finite(price: float) -> None:
    with pytest.raises(ValueError, match=f"the price of fn must be finite, got {price}"):
        Prices(fn=price)


def test_every_event_has_a_price() -> None:
    for event in EVENTS:
        assert Prices(**{event: 1.5}).of(Tally(**{event: 2})) == 3.0


def test_what_the_adversary_spends_is_the_learners_gain_but_not_its_own() -> None:
    costs = Costs.opposed(Prices(fp=1.0, alarms=0.5), spent=Prices(poison=0.25, alarms=2.5))
    tally = Tally(fp=3, poison=4, alarms=1)
    assert costs.payoffs(tally) == (0.0, 0.0)  # 3 + 0.5 - 1 - 2.5
    assert costs.own_loss.of(tally) == 3.5
    assert costs.spent.of(tally) == 3.5
    assert costs.own_loss == Prices(fp=1.0, alarms=0.5)


@given(PRICES, PRICES, TALLIES)
@settings(max_examples=100)
def test_own_loss_and_spending_make_up_the_payoffs(
    prices: Prices, spent: Prices, tally: Tally
) -> None:
    costs = Costs.opposed(prices, spent=spent)
    assert costs.zero_sum
    assert costs.own_loss == prices
    assert costs.payoffs(tally)[1] == prices.of(tally) - spent.of(tally)


def test_costs_that_name_no_spending_are_the_learners_own() -> None:
    for costs in (Costs(Prices(fp=2.0), Prices(poison=-0.5)), Costs.opposed(Prices(fp=2.0))):
        assert costs.own_loss == costs.learner == Prices(fp=2.0)
