"""The modules that firmware imports: thin, without modelling of their own.

A call charges its time first and acts then: a device that has lost its power meanwhile, and still runs
its `finally` blocks, is stopped by the charge and changes nothing.

Each `make_*` function takes the Chip of one power-on and returns module objects bound to it.
"""
