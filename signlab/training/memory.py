"""Freed memory that a process keeps: on a CPU, getting it anew slows every update. Chapter 9."""

import ctypes
import platform

# Of glibc's malloc.h.
TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3


def keep_freed_memory() -> bool:
    """Let tensors be made of the memory of earlier ones, in this process and from now on.

    Every update makes and frees the same tensors. By default glibc gives large ones back to the kernel and
    asks again for the next, page by page, each filled with zeros; `make bench` measures what that costs. Kept
    memory stays below the peak that a process reaches anyway, but for gaps between what is still in use.

    Returns:
        Whether it is so now; only glibc on Linux can be told.

    Source: glibc's manual, "Malloc Tunable Parameters".
    """
    if platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        return False
    set_option = ctypes.CDLL(None).mallopt
    largest = 2**31 - 1  # both thresholds in bytes: nothing is mapped for itself, nothing is given back
    return all(
        (set_option(MMAP_THRESHOLD, largest), set_option(TRIM_THRESHOLD, largest), set_option(TOP_PAD, 2**28))
    )
