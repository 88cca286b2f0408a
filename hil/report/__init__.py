"""The report of one or many runs: one HTML file that opens anywhere, without a network."""

from hil.report.page import write_report

__all__ = ["write_report"]
