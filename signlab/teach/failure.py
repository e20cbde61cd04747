"""A failure that a chapter brings about on purpose, shown as a sentence and not as a traceback. Chapter 2."""

from collections.abc import Iterator
from contextlib import contextmanager

from signlab.show.page import escape


class Failure:
    """What went wrong inside the block; shows itself as one sentence."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __repr__(self) -> str:
        first = (str(self.error).splitlines() or [""])[0]
        return f"{type(self.error).__name__}: {first}" if self.error else "Nothing failed."

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"


@contextmanager
def expect_failure(kind: type[BaseException]) -> Iterator[Failure]:
    """Run a block that must fail.

    ``with expect_failure(ValueError) as failure: ...`` and, as the cell's last line, ``failure``.

    Args:
        kind: The error that the block raises.

    Raises:
        ValueError: If the block does not fail; the chapter's claim that it does would then be wrong.
    """
    failure = Failure()
    try:
        yield failure
    except kind as error:
        failure.error = error
    else:
        raise ValueError(
            f"This block was to fail with {kind.__name__}, but it did not; is the mistake still in it?"
        )
