"""Ask for memory before it is needed."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_WRITE, _KEEP, _DATA = 1, 3, 1


@intrinsic
def prefetch(_typing: Any, array: Any, index: Any) -> Any:
    """Bring the cache line of an element near, without waiting for it.

    A load would do so too, but the processor cannot go past more than a few dozen loads that are still under
    way; of these hints it waits for none.

    Parameters
    ----------
    array : one-dimensional, contiguous
    index : uint64
        Inside the array: it is not checked.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, place = arguments
        data = context.make_array(signature.args[0])(context, builder, values).data
        byte = ir.IntType(8).as_pointer()
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        hint = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        address = builder.bitcast(builder.gep(data, [place]), byte)
        builder.call(hint, [address, *(ir.Constant(flag, flag_) for flag_ in (_WRITE, _KEEP, _DATA))])
        return context.get_dummy_value()

    return types.void(array, index), generate
