"""PIO words to opcodes. The expected numbers are worked from the tables of the RP2040 datasheet, 3.4."""
# pyright: reportUndefinedVariable=false

import pytest

from emulator.mcu.pio_assembler import PIOASMError, assemble, encode
from tests.emulator.mcu.step_source import step_program


@pytest.mark.parametrize(
    ("instruction", "opcode"),
    [
        ("wait(1, gpio, 7)", 0x2087),
        ("wait(0, pin, 1)", 0x2021),
        ("wait(1, irq, rel(2))", 0x20D2),
        ("in_(pins, 1)", 0x4001),
        ("in_(null, 32)", 0x4060),
        ("out(pins, 1)", 0x6001),
        ("out(exec, 16)", 0x60F0),
        ("push()", 0x8020),
        ("push(iffull, noblock)", 0x8040),
        ("pull()", 0x80A0),
        ("pull(noblock)", 0x8080),
        ("pull(ifempty, block)", 0x80E0),
        ("mov(x, osr)", 0xA027),
        ("mov(y, invert(x))", 0xA049),
        ("mov(isr, reverse(null))", 0xA0D3),
        ("nop()", 0xA042),
        ("nop()[7]", 0xA742),
        ("irq(0)", 0xC000),
        ("irq(rel(0))", 0xC010),
        ("irq(block, rel(3))", 0xC033),
        ("irq(clear, 2)", 0xC042),
        ("set(pins, 1)", 0xE001),
        ("set(x, 31)", 0xE03F),
        ("set(pindirs, 1).delay(31)", 0xFF81),
    ],
)
def test_an_instruction_has_the_opcode_of_the_datasheet(instruction, opcode):
    assert encode(instruction) == opcode


def test_the_step_program_assembles_with_its_labels():
    assert step_program().opcodes == (
        0x80A0, 0xA027, 0x80A0, 0xE001, 0xA047, 0x0085, 0xE000, 0xA047, 0x0088, 0x0043, 0xC010,
    )  # fmt: skip


def test_wraps_and_forward_labels_are_found():
    def program():
        jmp("end")  # noqa: F821
        wrap_target()  # noqa: F821
        nop()  # noqa: F821
        wrap()  # noqa: F821
        label("end")  # noqa: F821
        jmp("end")  # noqa: F821

    assembled = assemble(program)
    assert assembled.opcodes == (0x0002, 0xA042, 0x0002)
    assert (assembled.wrap_target, assembled.wrap_top) == (1, 1)


def test_a_side_set_on_some_instructions_takes_one_bit_more():
    def every():
        nop().side(1)  # noqa: F821
        nop().side(0)[3]  # noqa: F821

    def some():
        nop().side(1)  # noqa: F821
        nop()[3]  # noqa: F821

    assert assemble(every, sideset_init=0).opcodes == (0xB042, 0xA342)
    assert assemble(some, sideset_init=0).opcodes == (0xB842, 0xA342)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ('jmp("nowhere")', "unknown label nowhere"),
        ("jmp(5)", "unknown label 5"),
        ('label("a"), label("a")', "duplicate label a"),
        ("nop()[32]", "delay too large"),
        ("nop().side(1)", "no sideset"),
        ("out(pins, 0)", "invalid bit count 0"),
        ("in_(x, 33)", "invalid bit count 33"),
    ],
)
def test_a_program_that_the_chip_cannot_take_is_refused(source, complaint):
    names: dict = {}
    exec(f"def program():\n    {source}", names)
    with pytest.raises(PIOASMError, match=complaint):
        assemble(names["program"])


@pytest.mark.parametrize(
    ("condition", "bits"),
    [("", 0), ("not_x", 1), ("x_dec", 2), ("not_y", 3), ("y_dec", 4), ("x_not_y", 5), ("pin", 6), ("not_osre", 7)],
)
def test_a_jump_has_its_condition_and_its_label(condition, bits):
    names: dict = {}
    exec(f"def program():\n    nop()\n    label('here')\n    jmp({condition}{condition and ', '}'here')", names)
    assert assemble(names["program"]).opcodes == (0xA042, bits << 5 | 1)


@pytest.mark.parametrize(
    ("instruction", "sideset", "opcode"),
    [
        ("nop().side(1)", (1, False), 0xB042),
        ("nop().side(1)", (2, True), 0xB842),
        ("push(block, noblock)", (0, False), 0x8020),
        ("push(ifempty)", (0, False), 0x8060),
        ("mov(pindirs, x)", (0, False), 0xA081),
        ("mov(x, invert(reverse(y)))", (0, False), 0xA03A),
        ("set(x, 40)", (0, False), 0xE028),
    ],
)
def test_an_instruction_is_taken_as_the_board_takes_it(instruction, sideset, opcode):
    assert encode(instruction, *sideset) == opcode


@pytest.mark.parametrize(
    "head",
    ["program(n=3):\n    nop()[n]", "program(*, n=3):\n    nop()[n]", "program():\n    pass"],
    ids=["a default", "a keyword default", "nothing"],
)
def test_a_program_may_have_defaults_and_may_be_empty(head):
    names: dict = {}
    exec(f"def {head}", names)
    assert assemble(names["program"]).opcodes in ((), (0xA342,))


def test_a_program_may_use_names_of_the_function_around_it():
    cycles = 5

    def program():
        nop()[cycles]  # noqa: F821

    assert assemble(program).opcodes == (0xA542,)


def test_more_than_32_words_are_assembled_and_do_not_fit(make_device):
    source = """
        import rp2
        @rp2.asm_pio()
        def long():
            for _ in range(33):
                nop()
        try:
            rp2.StateMachine(0, long)
        except OSError as error:
            print(error.errno)
    """
    device = make_device(source)
    device.run_ms(1000)
    assert device.lines == ["12"]


def test_a_program_does_not_see_the_module_around_it():
    def program():
        set(pins, COUNT)  # type: ignore  # noqa: F821

    program.__globals__["COUNT"] = 1
    with pytest.raises(NameError):
        assemble(program)
