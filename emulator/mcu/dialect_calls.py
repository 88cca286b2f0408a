"""What the rewritten program calls (dialect.py): attributes, items, slices and classes as the board has them."""

import array
import builtins
import operator
import sys
from types import BuiltinMethodType, FunctionType, ModuleType
from typing import Any, NoReturn

from greenlet import GreenletExit

from emulator.errors import DeviceKeyboardInterrupt, EmulatorError, NotModelled, Unwind
from emulator.mcu.board_types import BOARD_ATTRIBUTES, BOARD_SPECIAL, MISSING_ATTRIBUTES
from emulator.mcu.dialect_scan import PREFIX

_HEAP_BYTES = 264 * 1024  # all RAM of the chip: no single object can be larger
_FLAT = (str, bytes, bytearray, memoryview, array.array, tuple)
_BUFFERS = (bytes, bytearray, memoryview, array.array)
_STEP = "only slices with step=1 (aka None) are supported"
_MASKS = {"B": 8, "b": 8, "H": 16, "h": 16, "I": 32, "i": 32, "L": 32, "l": 32, "Q": 64, "q": 64}
_AUGMENTED = {
    "Add": operator.iadd, "Sub": operator.isub, "Mult": operator.imul, "Div": operator.itruediv,
    "FloorDiv": operator.ifloordiv, "Mod": operator.imod, "Pow": operator.ipow, "LShift": operator.ilshift,
    "RShift": operator.irshift, "BitOr": operator.ior, "BitXor": operator.ixor, "BitAnd": operator.iand,
    "MatMult": operator.imatmul,
}  # fmt: skip
_BUILT_IN_CLASSES = frozenset(kind for kind in vars(builtins).values() if isinstance(kind, type))


def is_of_host(error: BaseException) -> bool:
    """True for what takes the firmware off its processor: a reset, a power cut, the host's own Ctrl-C."""
    if isinstance(error, (Unwind, GreenletExit, EmulatorError)):
        return True
    return isinstance(error, KeyboardInterrupt) and not isinstance(error, DeviceKeyboardInterrupt)


def turn() -> None:
    """A turn of a loop that waits. On a device it takes time: see shims/catalogue.py."""


def pass_on() -> None:
    """At the head of an `except:`: what is not the firmware's to catch goes on."""
    error = sys.exc_info()[1]
    if error is not None and is_of_host(error):
        raise error


# ---- attributes


def attribute(value: Any, name: str) -> Any:
    """`value.name`, unless the board has none of it."""
    kind = type(value)
    if kind not in BOARD_ATTRIBUTES and kind is not type and not name.startswith("__"):
        return getattr(value, name)
    if _is_there(value, name):
        return getattr(value, name)
    raise AttributeError(f"'{type(value).__name__}' object has no attribute '{name}'")


def _is_there(value: Any, name: str) -> bool:
    if isinstance(value, (type, ModuleType, super)):
        return name in BOARD_SPECIAL or not name.startswith("__") and _class_has(value, name)
    is_special = name.startswith("__")
    if is_special and name not in BOARD_SPECIAL:
        return False
    for kind in type(value).__mro__:
        if name in vars(kind):
            if kind not in _BUILT_IN_CLASSES and kind not in BOARD_ATTRIBUTES:
                return True
            there = BOARD_ATTRIBUTES.get(kind)
            if there is None or name in there:
                return True
            return is_special and (name in ("__class__", "__init__") or kind is object and _is_firmware(type(value)))
    return True  # in the object itself, or not there at all


def _class_has(value: Any, name: str) -> bool:
    """Built-in classes have the methods of their objects."""
    there = BOARD_ATTRIBUTES.get(value) if isinstance(value, type) else None
    return there is None or name in there


def _is_firmware(kind: type) -> bool:
    return kind not in _BUILT_IN_CLASSES and kind not in BOARD_ATTRIBUTES


def get_attribute(value: Any, name: str, *default: Any) -> Any:
    """getattr() of the device."""
    if name in MISSING_ATTRIBUTES or name.startswith("__"):
        if _is_there(value, name):
            return getattr(value, name, *default)
        if default:
            return default[0]
        return attribute(value, name)
    return getattr(value, name, *default)


def has_attribute(value: Any, name: str) -> bool:
    """hasattr() of the device."""
    is_asked = name in MISSING_ATTRIBUTES or name.startswith("__")
    return (not is_asked or _is_there(value, name)) and hasattr(value, name)


def set_attribute(value: Any, name: str, content: Any) -> None:
    """Functions of the board take no attributes."""
    if isinstance(value, FunctionType):
        raise AttributeError(f"'function' object has no attribute '{name}'")
    setattr(value, name, content)


def method(value: Any, name: str) -> Any:
    """`value.name` of a method that does otherwise there: numbers are cut, texts are UTF-8 and nothing else."""
    kind = type(value)
    if kind is bytearray and name == "append":
        return lambda number: value.append(cut(number, "B") if isinstance(number, int) else number)
    if kind is bytearray and name == "extend":
        return lambda numbers: value.extend(make_bytearray(numbers))
    if name == "decode" and kind in (bytes, bytearray):
        return lambda *_encoding: _decoded(value)
    if name == "center" and kind in (str, bytes, bytearray):
        return lambda width: _centred(value, width)
    if name == "encode" and kind is str:
        return lambda *_encoding: value.encode()
    return getattr(value, name)


def _centred(text: Any, width: int) -> Any:
    """An odd space more is on the right."""
    space = max(0, width - len(text))
    blank: Any = " " if isinstance(text, str) else b" "
    return blank * (space // 2) + text + blank * (space - space // 2)


def _decoded(data: Any) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise UnicodeError from None


def not_compiled(name: str) -> NoReturn:
    raise NotModelled(name)


def board_dir(*values: Any) -> list[str]:
    """dir() of the device: special names only where firmware's own classes define them."""
    if not values:
        return [name for name in sys._getframe(1).f_globals if name != "__builtins__"]
    (value,) = values
    there = BOARD_ATTRIBUTES.get(type(value))
    if there is not None:
        return ["__class__", *sorted(there)]
    return [name for name in dir(value) if not name.startswith(("__", "<")) or _is_there(value, name)]


def super_attribute(value: Any, name: str) -> Any:
    """`super().name`: the board gives a property as it is, and looks no special method up that it has not."""
    for kind in type(value.__self__).__mro__ if not isinstance(value.__self__, type) else value.__self__.__mro__:
        if isinstance(vars(kind).get(name), property):
            raise NotModelled(f"super().{name}", "a property is not called there on the board")
    return attribute(value, name)


def refuse_method(value: Any, why: str) -> Any:
    if isinstance(value, (str, bytes)):
        raise NotImplementedError(why)
    return value


def without_keywords(function: Any) -> Any:
    """A method that is about to be called with keywords: those of built-in types take none."""
    if isinstance(function, BuiltinMethodType) and not isinstance(function.__self__, ModuleType):
        raise TypeError("function doesn't take keyword arguments")
    return function


def refuse_keywords(is_text: bool, *_arguments: Any, **_named: Any) -> NoReturn:
    if is_text:
        raise NotImplementedError("keyword argument(s) not implemented - use normal args instead")
    raise TypeError("function doesn't take keyword arguments")


def is_instance(value: Any, kinds: Any) -> bool:
    """isinstance() of the device: True and False are no numbers."""
    if value is True or value is False:
        return is_subclass(bool, kinds)
    return isinstance(value, kinds)


def is_subclass(kind: Any, kinds: Any) -> bool:
    if kind is bool:
        if isinstance(kinds, tuple):
            return any(is_subclass(bool, each) for each in kinds)
        return issubclass(bool, kinds) and kinds is not int
    return issubclass(kind, kinds)


# ---- items and slices


def slice_of(value: Any, index: slice) -> Any:
    """`value[a:b:c]`: of the built-in sequences only a list and a range take a step."""
    if isinstance(value, _FLAT) and index.step not in (None, 1):
        raise NotImplementedError(_STEP)
    return value[index]


def set_item(value: Any, index: Any, content: Any) -> None:
    """`value[index] = content`, where a number is cut to the size of its place."""
    if isinstance(index, slice):
        _check_slice(value, index, content)
    elif isinstance(content, int):
        content = _fitting(value, content)
    value[index] = content


def _check_slice(value: Any, index: slice, content: Any) -> None:
    if index.step not in (None, 1) and isinstance(value, (list, bytearray, memoryview, array.array)):
        raise NotImplementedError(_STEP if not isinstance(value, list) else "")
    if isinstance(value, list) and not isinstance(content, (list, tuple)):
        raise TypeError(f"object '{type(content).__name__}' isn't a tuple or list")
    if isinstance(value, (bytearray, array.array)) and not isinstance(content, _BUFFERS):
        raise NotImplementedError("array/bytes required on right side")


def _fitting(value: Any, number: int) -> int:
    if isinstance(value, bytearray):
        return cut(number, "B")
    if isinstance(value, array.array):
        return cut(number, value.typecode)
    return cut(number, value.format) if isinstance(value, memoryview) else number


def augment_item(value: Any, index: Any, operation: str, operand: Any) -> None:
    """`value[index] += operand` and its like."""
    set_item(value, index, _AUGMENTED[operation](value[index], operand))


def cut(number: int, kind: str) -> int:
    """A number as a place of this type code keeps it: the lowest bits, with a sign where the code has one."""
    bits = _MASKS.get(kind)
    if bits is None:
        return number
    number &= (1 << bits) - 1
    return number - (1 << bits) if kind.islower() and number >> (bits - 1) else number


def delete_item(value: Any, index: Any) -> None:
    if isinstance(value, (bytearray, array.array)):
        raise TypeError(f"'{type(value).__name__}' object doesn't support item deletion")
    if isinstance(value, list) and isinstance(index, slice) and index.step not in (None, 1):
        raise NotImplementedError
    del value[index]


def repeat(left: Any, right: Any) -> Any:
    """A sequence times a number. MemoryError for what the whole RAM of the chip does not hold."""
    sequence, count = (right, left) if isinstance(left, int) else (left, right)
    if isinstance(sequence, bytearray):
        raise TypeError("unsupported types for __mul__: 'bytearray', 'int'")
    if isinstance(count, int) and isinstance(sequence, (list, tuple, str, bytes)):
        check_size(len(sequence) * count * (4 if isinstance(sequence, (list, tuple)) else 1))
    return left * right


def check_size(byte_count: int) -> None:
    if byte_count > _HEAP_BYTES:
        raise MemoryError(f"memory allocation failed, allocating {byte_count} bytes")


def make_bytearray(*arguments: Any) -> bytearray:
    """bytearray() of the device: numbers of a sequence are cut to a byte."""
    source = arguments[0] if len(arguments) == 1 else None
    if isinstance(source, int):
        check_size(source)
    elif isinstance(source, array.array):
        return bytearray(memoryview(source).cast("B"))
    elif source is not None and not isinstance(source, (str, bytes, bytearray, memoryview)):
        return bytearray(number & 0xFF if isinstance(number, int) else number for number in source)
    return bytearray(*arguments)


def make_bytes(*arguments: Any) -> bytes:
    if len(arguments) == 1 and isinstance(arguments[0], int):
        check_size(arguments[0])
        if arguments[0] < 0:
            raise ValueError
    return bytes(*arguments)


def make_slice(*_arguments: Any) -> NoReturn:
    raise TypeError("can't create 'slice' instances")


# ---- classes


def named(name: str) -> Any:
    """Gives a class the name that it had before it was compiled under another."""

    def rename(kind: type) -> type:
        kind.__name__ = kind.__qualname__ = name
        return kind

    return rename


def build_class(function: Any, name: str, *bases: Any, **keywords: Any) -> type:
    """__build_class__ of the device. NotModelled where several base classes would be searched in another order."""
    if keywords:
        raise TypeError("function doesn't take keyword arguments")
    try:
        kind = builtins.__build_class__(function, name, *bases)
    except TypeError as error:
        if "MRO" in str(error):
            raise NotModelled(f"class {name}", "CPython finds no order of its base classes") from None
        raise
    if len(bases) > 1 and isinstance(kind, type):
        _check_order(kind)
    return kind


def _check_order(kind: type) -> None:
    """The board looks depth first, from left to right; its super() follows the class in which it stands."""
    order = list(dict.fromkeys(_depth_first(kind)))
    if any(base in _BUILT_IN_CLASSES and not issubclass(base, BaseException) for base in order):
        raise NotModelled(f"class {kind.__name__}", "several base classes, one of them built in")
    if [each for each in kind.__mro__ if each is not object] != order:
        raise NotModelled(f"class {kind.__name__}", "its base classes are searched in another order on the board")
    for each in order:
        if each is not kind and _calls_super(each):
            own = [base for base in dict.fromkeys(_depth_first(each)) if base is not each]
            following = order[order.index(each) + 1 :]
            if following[: len(own)] != own or len(following) > len(own):
                hint = f"super() in {each.__name__} leads elsewhere on the board"
                raise NotModelled(f"class {kind.__name__}", hint)


def _depth_first(kind: type) -> list[type]:
    found = [kind]
    for base in kind.__bases__:
        if base is not object:
            found += _depth_first(base)
    return found


def _calls_super(kind: type) -> bool:
    for member in vars(kind).values():
        function = getattr(member, "__func__", member)
        if isinstance(function, FunctionType) and "__class__" in function.__code__.co_freevars:
            return True
    return False


HOOKS: dict[str, Any] = {
    PREFIX + name: function
    for name, function in {
        "attribute": attribute,
        "augment_item": augment_item,
        "bytearray": make_bytearray,
        "bytes": make_bytes,
        "delete_item": delete_item,
        "method": method,
        "named": named,
        "not_compiled": not_compiled,
        "pass_on": pass_on,
        "refuse_keywords": refuse_keywords,
        "repeat": repeat,
        "refuse_method": refuse_method,
        "set_attribute": set_attribute,
        "super_attribute": super_attribute,
        "set_item": set_item,
        "slice": make_slice,
        "slice_of": slice_of,
        "slice_type": slice,
        "rest": turn,
        "turn": turn,
        "without_keywords": without_keywords,
        "ValueError": ValueError,
        "OverflowError": OverflowError,
    }.items()
}
