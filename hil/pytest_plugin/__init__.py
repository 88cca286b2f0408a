"""The pytest plugin: scenario files as test items, a pump as a fixture."""
