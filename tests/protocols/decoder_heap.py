"""Prints how many bytes of heap the decoder takes for the inside of a frame. Runs under MicroPython only."""

import gc

from protocols import frame

FRAME = frame.encode(2, 3, bytes(range(200)))


def feed(decoder, length):
    index = 0
    while index < length:
        decoder.feed_byte(FRAME[index])
        index += 1


decoder = frame.FrameDecoder()
feed(decoder, len(FRAME))
gc.collect()
before = gc.mem_alloc()  # pyright: ignore[reportAttributeAccessIssue]
feed(decoder, len(FRAME) - 1)
print(gc.mem_alloc() - before)  # pyright: ignore[reportAttributeAccessIssue]
