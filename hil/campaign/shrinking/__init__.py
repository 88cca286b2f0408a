"""Cuts a failing scenario down to the least that still fails the same way.

`reduce.py` is the search, without any pump; `failure.py` says what "the same way" is.
"""
