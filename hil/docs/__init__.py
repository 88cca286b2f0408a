"""Documents whose tables are made from the code that they describe."""
