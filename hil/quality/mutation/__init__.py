"""Mutation testing of the firmware: does any test notice when one operator, number or statement is another?

`mutator.py` makes the mutants, `reach.py` finds the tests that reach each of them, `score.py` tries a sample,
`python -m hil.quality.mutation` prints the score. Tools that exist do not fit here: mutmut calls mutants through
helpers that firmware modules, with their own built-ins, cannot import; cosmic-ray edits files in place and starts an
interpreter for every mutant.
"""
