"""Chance that can be repeated: the same faults at the same places in every run."""

import random

Chance = random.Random


def seeded(seed: int) -> Chance:
    """A source of chance of its own."""
    return Chance(seed)
