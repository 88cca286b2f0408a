"""The pump's world in SimPy: device, bench and plant on named nets (architecture.md)."""
