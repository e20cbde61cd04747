"""Shapes as types: ``Float[Tensor, "batch steps dim"]`` in a signature, checked in the test suite.

The words come from jaxtyping. Where it is not installed (a wheel put in with ``--no-deps``) the same
annotations are read and mean nothing, so that the package still imports. Chapter 3.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int, UInt8
else:
    try:
        from jaxtyping import Bool, Float, Int, UInt8
    except ImportError:

        class _Unchecked:
            """Stands for any array type; ``_Unchecked[Tensor, "batch dim"]`` is just ``Tensor``."""

            def __class_getitem__(cls, item: tuple[Any, str]) -> Any:
                return item[0]

        Bool = Float = Int = UInt8 = _Unchecked

__all__ = ["Bool", "Float", "Int", "UInt8"]
