"""Ask for memory before it is needed."""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

# To be written, to be kept near, and data: LLVM's words for it.
_HINTS = (1, 3, 1)


@intrinsic
def prefetch(_typing, array, index):  # type: ignore[no-untyped-def]
    """Bring the cache line of an element near, without waiting for it.

    A load would do so too, but the processor cannot go past more than a few dozen loads that are still under
    way; of these hints it waits for none.

    Parameters
    ----------
    array : one-dimensional, contiguous
    index : uint64
        Inside the array: it is not checked.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        values, place = arguments
        data = context.make_array(signature.args[0])(context, builder, values).data
        byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        ask = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        address = builder.bitcast(builder.gep(data, [place]), byte)
        builder.call(ask, [address, *(ir.Constant(flag, hint) for hint in _HINTS)])
        return context.get_dummy_value()

    return types.void(array, index), generate
