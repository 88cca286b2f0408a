"""Random stories of therapy, people and faults, judged by what must always be true."""
