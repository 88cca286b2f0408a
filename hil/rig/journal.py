"""The newest entries of something, numbered from 0; the older ones are forgotten."""


class Journal:
    """Keeps `places` entries. next_seq: number of the next one."""

    def __init__(self, places):
        self.next_seq = 0
        self._entries = [None] * places

    def add(self, entry):
        self._entries[self.next_seq % len(self._entries)] = entry
        self.next_seq += 1

    def first_from(self, seq):
        """The oldest number that is kept and not below `seq`."""
        oldest = self.next_seq - len(self._entries)
        if seq < oldest:
            seq = oldest
        return seq if seq > 0 else 0

    def entry(self, seq):
        return self._entries[seq % len(self._entries)]
