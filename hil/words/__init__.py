"""The words that every layer shares: quantities, names of the pump, faults and benches, requirements."""
