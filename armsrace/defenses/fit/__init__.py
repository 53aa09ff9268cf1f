"""Fit parts: how the learner makes its model from what it has kept."""
