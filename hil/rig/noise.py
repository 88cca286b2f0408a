"""Random numbers that do not allocate: 16 bits shifted and xored (7, 9, 8), with a period of 65 535."""

from micropython import const

_SUMMANDS = const(4)


class Noise:
    """The same seed gives the same numbers; a seed of 0 counts as 1."""

    def __init__(self, seed):
        self._state = seed & 0xFFFF or 1

    def word(self):
        """0 to 65 535, and never 0."""
        state = self._state
        state ^= state << 7 & 0xFFFF
        state ^= state >> 9
        state ^= state << 8 & 0xFFFF
        self._state = state
        return state

    def deviate(self, sigma):
        """A sum of four words: nearly normal, mean 0, standard deviation `sigma` (0 to 16 000)."""
        total = 0
        for _ in range(_SUMMANDS):
            total += (self.word() >> 4) - 2_048
        # Four words of -2048 to 2047 have a standard deviation of 2365.
        return total * sigma // 2_365

    def between(self, low, high):
        """A whole number from `low` to `high`, less than 2^14 apart or in steps of their distance over 2^14."""
        return low + (high - low) * (self.word() >> 2) // 16_383
