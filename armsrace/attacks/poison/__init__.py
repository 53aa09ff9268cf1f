"""Poison parts: what an adversary can do to the training traffic."""
