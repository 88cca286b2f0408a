"""Checks of the project itself: canaries, mutation score, speed, figures of the chip."""
