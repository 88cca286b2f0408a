"""The modules that firmware imports: thin, without modelling of their own.

Each `make_*` function takes the Chip of one power-on and returns module objects bound to it.
"""
