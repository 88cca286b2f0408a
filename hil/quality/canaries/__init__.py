"""Deliberately broken firmwares, each of them to be caught by a named test or scenario.

`*.toml` hold the edits, `catalogue.py` reads and applies them, `check.py` tries them, `python -m hil.quality.canaries`
prints the table.
"""
