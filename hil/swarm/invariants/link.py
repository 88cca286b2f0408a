"""The link: every request is answered once, in time."""

from __future__ import annotations

from collections.abc import Iterator

from hil.swarm.judging import Found, invariant
from hil.swarm.life import Life
from hil.swarm.spans import has_restart, is_at_the_prompt
from hil.words.quantity import NS_PER_S
from protocols import frame, ids

_IN_TIME_NS = NS_PER_S // 5  # LNK-02
# While one of them acts, a request may get lost, be damaged, wait, or come twice.
_DISTURBED = ("link.", "cpu.", "flash.", "ram.")
_AFTER_NS = 5 * NS_PER_S


def frames(life: Life) -> Iterator[tuple[int, bool, int, int]]:
    """(time, is a request, type, sequence number) of every whole frame at the host's end of the link; the type of an
    answer is that of the request that it answers."""
    decoders = {True: frame.FrameDecoder(), False: frame.FrameDecoder()}
    for wire in life.wires:
        decoder = decoders[wire.is_request]
        for byte in wire.data:
            if decoder.feed_byte(byte) != frame.FRAME:
                continue
            if wire.is_request:
                yield wire.t_ns, True, decoder.type, decoder.sequence
            elif decoder.type == ids.MSG_ANSWER and decoder.payload_length:
                yield wire.t_ns, False, decoder.buffer[frame.DECODED_PAYLOAD_AT], decoder.sequence


@invariant("every_request_is_answered_once_and_in_time", "LNK-02")
def every_request_is_answered_once_and_in_time(life: Life) -> Iterator[Found]:
    """Each request gets one answer within 200 ms, while the link is in and whole and the pump is on."""
    if life.had("flash.bit_flip", "ram.bit_flip"):
        return  # a firmware that is spoilt may be gone for good
    if is_at_the_prompt(life):
        return
    rows = list(frames(life))
    for index, (t_ns, is_request, kind, sequence) in enumerate(rows):
        if not is_request or t_ns + _IN_TIME_NS >= life.end_ns or _is_disturbed(life, t_ns):
            continue
        answers = 0
        for later_ns, is_other_request, other, number in rows[index + 1 :]:
            if later_ns > t_ns + NS_PER_S or (is_other_request and (other, number) == (kind, sequence)):
                break
            if not is_other_request and (other, number) == (kind, sequence):
                answers += 1
                if answers == 1 and later_ns - t_ns > _IN_TIME_NS:
                    yield Found(t_ns, f"request {kind} answered after {(later_ns - t_ns) / 1e6:.0f} ms", "late")
        if answers != 1:
            yield Found(t_ns, f"request {kind} answered {answers} times", "none" if not answers else "twice")


def _is_disturbed(life: Life, t_ns: int) -> bool:
    if life.faults_in(t_ns - _AFTER_NS, t_ns + NS_PER_S, *_DISTURBED):
        return True
    if has_restart(life, t_ns - 15 * NS_PER_S, t_ns + NS_PER_S):
        return True
    is_out = False
    for step in life.scenario.steps:
        verb = getattr(step.action, "verb", "")
        if verb in ("connect", "disconnect") and step.at_ns is not None and step.at_ns <= t_ns + NS_PER_S:
            is_out = verb == "disconnect" or step.at_ns > t_ns - _AFTER_NS
    return is_out
