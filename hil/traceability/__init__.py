"""Traceability: requirements with the tests and scenarios that show them."""
