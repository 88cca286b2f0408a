"""The report of one or many runs: one HTML file that opens anywhere, without a network; and files for other tools."""
