"""How arrays reach compiled code: by the address of a list of their addresses.

Numba unpacks every array of a record that it is given, each time it is called: some 60 microseconds for the arrays of
a run, ten times a day. So a record's arrays are written down once in a list of whole numbers (address and lengths of
each), `Handed`; compiled code takes the list's address, and reads from it what it uses.
"""

from __future__ import annotations

import operator
from functools import lru_cache
from typing import Any, get_args, get_type_hints

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.datamodel import models
from numba.core.extending import (
    infer_getattr,
    intrinsic,
    lower_builtin,
    lower_getattr_generic,
    register_model,
)
from numba.core.typing.templates import AttributeTemplate
from numba.np import arrayobj, numpy_support
from numpy.typing import NDArray

_settings: Any = numba.config
PLAIN = bool(_settings.DISABLE_JIT)
"""without compilation a record stands for its own address"""


@lru_cache(maxsize=8)
def shapes(record: Any) -> dict[str, tuple[np.dtype[Any], int]]:
    """Element type and number of axes of each array of a record, from `Annotated[..., dtype, axes]`."""
    hints = get_type_hints(record, include_extras=True)
    return {name: (np.dtype(get_args(hints[name])[1]), get_args(hints[name])[2]) for name in hints}


class Handed:
    """A record of arrays, kept alive, and the address by which compiled code finds them."""

    def __init__(self, record: Any) -> None:
        self.record = record
        words: list[int] = []
        kind: Any = type(record)
        for name, (dtype, axes) in shapes(kind).items():
            array: NDArray[Any] = getattr(record, name)
            if array.dtype != dtype or array.ndim != axes or not array.flags.c_contiguous:
                raise TypeError(f"{name} must be {axes} axes of {dtype}, not {array.ndim} of {array.dtype}")
            words += [array.__array_interface__["data"][0], *array.shape]
        self.words = np.array(words, dtype=np.int64)
        self.address: Any = readable(record) if PLAIN else self.words.__array_interface__["data"][0]


def readable(record: Any) -> Any:
    """A record whose arrays' items have their fields as attributes without compilation, too."""
    if not PLAIN:
        return record
    arrays = {name: getattr(record, name) for name in record._fields}
    return record._replace(
        **{name: array.view(np.recarray) for name, array in arrays.items() if array.dtype.names}
    )


class FromZero(types.Array):
    """An array whose indices are never below zero: compiled code need not ask whether they count from the end."""

    def __init__(self, dtype: Any, axes: int) -> None:
        super().__init__(dtype, axes, "C", name=f"from zero({dtype}, {axes})")


register_model(FromZero)(models.ArrayModel)


def _unsigned(context: Any, builder: Any, kind: Any, value: Any) -> tuple[Any, Any]:
    """An index, and its type, as whole numbers without a sign."""
    if isinstance(kind, types.Integer):
        return types.uintp, context.cast(builder, value, kind, types.uintp)
    new = types.UniTuple(types.uintp, len(kind))
    return new, context.cast(builder, value, kind, new)


@lower_builtin(operator.getitem, FromZero, types.Integer)
@lower_builtin(operator.getitem, FromZero, types.BaseTuple)
def _get(context: Any, builder: Any, signature: Any, given: Any) -> Any:
    kind, index = _unsigned(context, builder, signature.args[1], given[1])
    signature = signature.replace(args=(signature.args[0], kind))
    if isinstance(kind, types.Integer):
        return arrayobj.getitem_arraynd_intp(context, builder, signature, (given[0], index))
    return arrayobj.getitem_array_tuple(context, builder, signature, (given[0], index))


@lower_builtin(operator.setitem, FromZero, types.Any, types.Any)
def _set(context: Any, builder: Any, signature: Any, given: Any) -> Any:
    kind, index = _unsigned(context, builder, signature.args[1], given[1])
    signature = signature.replace(args=(signature.args[0], kind, signature.args[2]))
    return arrayobj.setitem_array(context, builder, signature, (given[0], index, given[2]))


class HandedType(types.Type):
    """The type of a record inside compiled code: a pointer to the list."""

    def __init__(self, record: type) -> None:
        self.places: dict[str, tuple[FromZero, int]] = {}
        place = 0
        for name, (dtype, axes) in shapes(record).items():
            self.places[name] = (FromZero(numpy_support.from_dtype(dtype), axes), place)
            place += 1 + axes
        super().__init__(name=f"Handed({record.__name__})")


@register_model(HandedType)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: HandedType) -> None:
        super().__init__(manager, kind, ir.IntType(64).as_pointer())


@infer_getattr
class _Arrays(AttributeTemplate):
    key = HandedType

    def generic_resolve(self, kind: Any, name: str) -> Any:  # type: ignore[override]
        return kind.places[name][0] if name in kind.places else None


@lower_getattr_generic(HandedType)
def _array(context: Any, builder: Any, kind: HandedType, words: Any, name: str) -> Any:
    """The array of this name, made of its address and lengths; its items are next to each other."""
    array, place = kind.places[name]
    never_changes = builder.module.add_metadata([])

    def word(number: int) -> Any:
        found = builder.load(builder.gep(words, [ir.Constant(ir.IntType(64), place + number)]))
        found.set_metadata("invariant.load", never_changes)
        return found

    size = context.get_abi_sizeof(context.get_data_type(array.dtype))
    lengths = [word(1 + axis) for axis in range(array.ndim)]
    step = ir.Constant(ir.IntType(64), size)
    strides: list[Any] = []
    for length in reversed(lengths):
        strides.insert(0, step)
        step = builder.mul(step, length)
    made = arrayobj.make_array(array)(context, builder)
    arrayobj.populate_array(
        made,
        data=builder.inttoptr(word(0), made.data.type),
        shape=lengths,
        strides=strides,
        itemsize=ir.Constant(ir.IntType(64), size),
        meminfo=None,
    )
    return made._getvalue()


def handed(record: type) -> Any:
    """For compiled code: the record whose list stands at an address."""
    if PLAIN:
        return lambda address: address
    kind = HandedType(record)

    @intrinsic
    def at(typing: Any, address: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return builder.inttoptr(given[0], ir.IntType(64).as_pointer())

        return kind(types.int64), code

    return at


def _prefetch() -> Any:
    if PLAIN:
        return lambda array, row: None

    @intrinsic
    def prefetch(typing: Any, array: Any, row: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            made = arrayobj.make_array(signature.args[0])(context, builder, given[0])
            step = builder.extract_value(made.strides, 0)
            number = context.cast(builder, given[1], signature.args[1], types.int64)
            place = builder.add(builder.ptrtoint(made.data, ir.IntType(64)), builder.mul(number, step))
            pointer, short = ir.IntType(8).as_pointer(), ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [pointer, short, short, short])
            function = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
            how = [ir.Constant(short, number) for number in (1, 3, 1)]  # to write, soon, data
            builder.call(function, [builder.inttoptr(place, pointer), *how])
            return context.get_dummy_value()

        return types.void(array, row), code

    return prefetch


prefetch = _prefetch()
"""asks for a row of an array before it is needed, so that the processor does not have to wait for memory"""
