"""Prefetching of memory before it is read."""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

# Arguments of llvm.prefetch: for writing, keep in all cache levels, data cache.
_HINTS = (1, 3, 1)


@intrinsic
def prefetch(_typing, array, index):  # type: ignore[no-untyped-def]
    """Load the cache line of an element without waiting for it.

    A plain read would do so too, but a processor continues past a few dozen pending reads only; it waits for
    none of these hints.

    Parameters
    ----------
    array : one-dimensional, contiguous
    index : uint64
        Inside the array; not checked.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        values, position = arguments
        data = context.make_array(signature.args[0])(context, builder, values).data
        byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        hint_function = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        address = builder.bitcast(builder.gep(data, [position]), byte)
        builder.call(hint_function, [address, *(ir.Constant(flag, hint) for hint in _HINTS)])
        return context.get_dummy_value()

    return types.void(array, index), generate
