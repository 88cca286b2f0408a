"""The commands of `pumpbench`, one file per group."""
