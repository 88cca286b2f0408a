"""The pump's world in SimPy: device, bench and plant on named nets (docs/architecture.md)."""
