"""Evade parts: what an adversary can do to the traffic that the model will judge."""
