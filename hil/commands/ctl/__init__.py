"""`pumpbench ctl`: everything that a person asks of a pump over its line."""
