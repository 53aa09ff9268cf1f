"""Classify parts: how the learner may overrule its model's verdicts."""
