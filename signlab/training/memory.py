"""Freed memory that a process keeps: on a CPU, getting it anew slows every update. Chapter 9."""

import ctypes
import platform

# How glibc's malloc.h calls what can be set; all three are bytes.
TRIM_THRESHOLD = -1  # freed memory beyond it is given back
TOP_PAD = -2  # what is asked for beyond the need of the moment
MMAP_THRESHOLD = -3  # anything larger is mapped for itself, and given back as soon as it is freed

NEVER = 2**31 - 1  # a threshold that nothing passes
AT_ONCE = 2**28  # bytes: asked for rarely, and little beside what a training needs


def keep_freed_memory() -> bool:
    """Let tensors be made of the memory of earlier ones, in this process and from now on.

    Every update makes and frees the same tensors. By default glibc gives large ones back to the kernel and
    asks again for the next, page by page, each filled with zeros; `make bench` measures what that costs. Kept
    memory stays below the peak that a process reaches anyway, but for gaps between what is still in use.

    Returns:
        Whether it is so now; only glibc on Linux can be told.

    Source: glibc's manual, "Malloc Tunable Parameters".
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    wanted = {MMAP_THRESHOLD: NEVER, TRIM_THRESHOLD: NEVER, TOP_PAD: AT_ONCE}
    libc = ctypes.CDLL(None)
    return all(libc.mallopt(option, value) for option, value in wanted.items())
