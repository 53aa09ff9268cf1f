"""Publish parts: what the learner lets out about its model."""
