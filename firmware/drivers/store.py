"""The flash file system as a maker of records and rings, so that services need not know of files."""

from firmware.drivers.image import Image
from firmware.drivers.log_ring import LogRing
from firmware.drivers.nvm import Record


class Store:
    def record(self, path, capacity):
        """A double record of at most `capacity` bytes, see nvm.py."""
        return Record(path, capacity)

    def ring(self, folder, segments):
        """A log ring of `segments` files of 256 entries, see log_ring.py."""
        return LogRing(folder, segments)

    def image(self, path):
        """The firmware's files and the list of them at `path`, see image.py."""
        return Image(path)
