"""One run: the lead-in, the steps of the scenario, the oracle, and the verdict."""
