"""Poisoning a support vector machine: its exact solution, how that moves, and an ascent on it."""
