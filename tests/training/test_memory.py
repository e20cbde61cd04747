import ctypes
import platform
import subprocess
import sys

import pytest

from signlab.training.memory import keep_freed_memory

# Maps, fills and frees 64 MiB again and again; prints how many pages the kernel had to give out meanwhile.
FAULTS = """
import resource
from signlab.training.memory import keep_freed_memory

{first}
bytearray(2**26)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    bytearray(2**26)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""

on_glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="only glibc can be told to keep freed memory"
)


def faults(first: str) -> int:
    """What a process of its own prints."""
    program = FAULTS.format(first=first)
    return int(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout)


@on_glibc
def test_kept_memory_is_used_again() -> None:
    assert faults("assert keep_freed_memory()") < 100
    assert faults("") > 1_000, "no page was asked for anew without it: then it is not needed"


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(ctypes, "CDLL", None)  # nothing there to be called
    assert not keep_freed_memory()
