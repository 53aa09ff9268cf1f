"""Probe parts: what an adversary can find out about the published model."""
