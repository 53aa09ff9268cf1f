"""Sanitize parts: which of the offered rows the learner trains on."""
