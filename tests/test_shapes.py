import subprocess
import sys

WITHOUT = """
import sys
sys.modules["jaxtyping"] = None
import torch
from signlab.shapes import Bool, Float, Int, UInt8
def double(x: Float[torch.Tensor, "batch dim"]) -> Float[torch.Tensor, "batch dim"]:
    return 2 * x
assert double.__annotations__["x"] is torch.Tensor
print(double(torch.ones(2, 3)).sum().item())
"""


def test_annotations_mean_nothing_where_jaxtyping_is_missing() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "12.0\n"), done.stderr
