"""Hypothesis for the core tests: no deadline, since two cores are shared, and a fixed number of examples."""

from hypothesis import settings

settings.register_profile("core", deadline=None, max_examples=60)
settings.load_profile("core")
