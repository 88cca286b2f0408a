"""Samples of operations, drawn at random, give the same on target sim and under the real interpreter.

Each example is a list of lines that print; all lines of an example run in one start. The default sample takes a few
seconds; `make test-full` draws more.
"""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.emulator.differential.runners import on_interpreter, on_sim

FEW, MANY = 4, 60

small = st.integers(-5, 12)
number = st.one_of(st.integers(-300, 300), st.integers(-(1 << 31), (1 << 31) - 1), st.integers(-(1 << 70), 1 << 70))
word = st.integers(-(1 << 29), (1 << 29) - 1)
text = st.text(st.sampled_from("ab ,.0"), max_size=8)
order = st.sampled_from(["", "<", ">", "!"])


_FAILED = "except Exception as e: print(type(e).__name__)\n"


def attempt(expression: str) -> str:
    """A line that prints the value of an expression or the name of what it raises."""
    return f"try: print({expression})\n{_FAILED}"


@st.composite
def struct_lines(draw) -> str:
    codes = draw(st.lists(st.sampled_from("bBhHiIqQ"), min_size=1, max_size=5))
    form = draw(order) + "".join(codes)
    values = draw(st.lists(number, min_size=max(0, len(codes) - 1), max_size=len(codes) + 1))
    packed = f"struct.pack({form!r}, {', '.join(map(str, values))})"
    offset = draw(st.integers(-10, 10))
    return "import struct\n" + attempt(packed) + attempt(f"struct.unpack({form!r}, {packed})") + attempt(
        f"struct.unpack_from({form!r}, bytes(range(24)), {offset}), struct.calcsize({form!r})"
    )  # fmt: skip


@st.composite
def slice_lines(draw) -> str:
    holder = draw(st.sampled_from([
        "[1, 2, 3, 4, 5]", "(1, 2, 3, 4)", "'abcdef'", "b'abcdef'", "bytearray(b'abcdef')", "range(9)",
    ]))  # fmt: skip
    parts = [draw(st.one_of(st.just(""), small.map(str))) for _ in range(2)]
    index = ":".join(parts) + draw(st.sampled_from(["", "", ":1", ":2", ":-1"]))
    source = draw(st.sampled_from(["[7, 8]", "(9,)", "b'xyz'", "bytearray(b'q')", "[]", "b''"]))
    return (
        attempt(f"{holder}[{index}]")
        + f"x = {holder}\ntry:\n    x[{index}] = {source}\n    print(x)\n{_FAILED}"
        + f"x = {holder}\ntry:\n    del x[{index}]\n    print(x)\n{_FAILED}"
    )


@st.composite
def integer_lines(draw) -> str:
    left, right = draw(number), draw(number)
    operator = draw(st.sampled_from(["+", "-", "*", "//", "%", "&", "|", "^", "<", "=="]))
    form = draw(
        st.sampled_from(["%d", "%x", "%5d", "%-6d|", "%05d", "{:d}", "{:x}", "{:>8}", "{:08d}", "{:+d}", "{:b}"])
    )
    shown = f"{form!r} % {left}" if form.startswith("%") else f"{form!r}.format({left})"
    return (
        attempt(f"{left} {operator} {right}")
        + attempt(
            f"divmod({left}, {right}), {left} >> {draw(st.integers(0, 40))}, {left} << {draw(st.integers(0, 40))}"
        )
        + attempt(shown)
        + attempt(
            f"int({str(left)!r}), int({hex(left)!r}, 16), abs({left}), ~{left}, -{left} if {left} >= 0 else +{left}"
        )
        + attempt(f"int.from_bytes(({left} & 0xffffffff).to_bytes(4, 'little'), 'big')")
    )


@st.composite
def file_lines(draw) -> str:
    """A story of one file: opened in some way, read, written, moved in; then what is in it."""
    mode = draw(st.sampled_from(["r", "w", "a", "r+", "w+", "a+", "rb", "wb", "ab", "r+b", "x", "+", "br"]))
    steps = draw(st.lists(st.sampled_from([
        "f.read()", "f.read(3)", "f.readline()", "f.write('né')", "f.write(b'xy\\n')", "f.seek(0)", "f.seek(2)",
        "f.seek(0, 2)", "f.tell()", "f.flush()", "f.readlines()", "f.readinto(bytearray(2))", "f.close()",
        "list(f)", "f.seek(-1)", "f.readline(2)",
    ]), max_size=8))  # fmt: skip
    lines = "import os\nf = open('t', 'w'); f.write('one\\ntwo\\nd\\u00e9j\\u00e0\\n'); f.close()\n"
    opened = f"try:\n    f = open('t', {mode!r})\nexcept OSError as e:\n    print(e.errno)\nelse:\n    pass\n"
    body = "".join(attempt(f"ascii_({step})") for step in steps)
    end = "f.close()\nprint(open('t', 'rb').read(), os.stat('t')[6])\n"
    shown = (
        "def ascii_(x):\n    if isinstance(x, list): return [ascii_(each) for each in x]\n"
        "    return x.encode() if isinstance(x, str) else x\n"
    )
    return shown + lines + opened + body + end


@st.composite
def select_lines(draw) -> str:
    """Streams with states of their own; registered, changed, asked."""
    states = draw(st.lists(st.integers(0, 31), min_size=1, max_size=3))
    lines = (
        "import select, io\n"
        "class S(io.IOBase):\n    def __init__(self, state): self.state = state\n"
        "    def ioctl(self, request, mask): return self.state & mask if request == 3 else -1\n"
        f"s = [S(state) for state in {states}]\np = select.poll()\n"
        "def found(r): return sorted((s.index(o), m) for o, m in r)\n"
    )
    steps = draw(st.lists(st.sampled_from([
        "p.register({0}, {1})", "p.modify({0}, {1})", "p.unregister({0})", "found(p.poll(0))", "found(p.ipoll(0))",
        "found(p.ipoll(0, 1))", "found(p.poll(0))", "p.register({0})",
    ]), max_size=10))  # fmt: skip
    for step in steps:
        place, mask = draw(st.integers(0, len(states) - 1)), draw(st.sampled_from([1, 4, 5, 8, 31]))
        lines += attempt(step.format(f"s[{place}]", mask))
    return lines


@st.composite
def text_lines(draw) -> str:
    subject, part, other = draw(text), draw(text), draw(text)
    method = draw(st.sampled_from([
        "find({1!r})", "count({1!r})", "split({1!r})", "rsplit({1!r}, 1)", "split()", "partition({1!r})",
        "replace({1!r}, {2!r})", "strip({1!r})", "lstrip()", "startswith({1!r})", "join([{1!r}, {2!r}])", "upper()",
        "splitlines()", "rfind({1!r}, 1)", "center(9)", "isdigit()", "isspace()", "endswith({1!r})",
    ])).format(None, part, other)  # fmt: skip
    return attempt(f"{subject!r}.{method}") + attempt(f"{part!r} in {subject!r}")


KINDS = {
    "struct": struct_lines,
    "slices": slice_lines,
    "integers": integer_lines,
    "files": file_lines,
    "select": select_lines,
    "texts": text_lines,
}


def compare(samples: list[str]) -> None:
    programs = [(f"sample {place}", sample) for place, sample in enumerate(samples)]
    there, here = on_interpreter(programs), on_sim(programs)
    for name, sample in programs:
        assert here[name] == there[name], sample


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_samples_do_the_same(kind):
    @settings(max_examples=FEW, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.lists(KINDS[kind](), min_size=12, max_size=12))
    def few(samples):
        compare(samples)

    few()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_samples_do_the_same(kind):
    @settings(max_examples=MANY, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.lists(KINDS[kind](), min_size=30, max_size=30))
    def many(samples):
        compare(samples)

    many()
