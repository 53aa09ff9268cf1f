"""Monitor parts: how the learner notices an attack by its side effects."""
