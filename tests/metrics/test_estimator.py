"""The estimator of poses: places of means, looks around places, and what moves with what."""

import torch

from signlab.metrics.estimator import EstimatorConfig, PoseEstimator, mean_place, windows

CONFIG = EstimatorConfig(
    joints=("nose", "hand"),
    looks=("hand",),
    parameters=("shape", "mouth"),
    num_values=(3, 2),
    channels=8,
    dim=16,
)


def test_a_peak_is_found_at_the_middle_of_its_cell() -> None:
    heat = torch.zeros(1, 2, 5, 10)
    heat[0, 0, 1, 7] = 1e4
    heat[0, 1, 4, 0] = 1e4
    expected = torch.tensor([[[0.75, 0.3], [0.05, 0.9]]])
    torch.testing.assert_close(mean_place(heat), expected)


def test_between_two_equal_peaks_lies_their_mean() -> None:
    heat = torch.full((1, 1, 4, 8), -1e4)
    heat[0, 0, 2, 1] = heat[0, 0, 2, 6] = 0
    torch.testing.assert_close(mean_place(heat), torch.tensor([[[0.5, 0.625]]]))


def test_a_look_sees_what_lies_around_its_centre_and_nothing_else() -> None:
    features = torch.zeros(1, 1, 64, 64)
    features[0, 0, 32:36, 48:52] = 1
    centres = torch.tensor([[[0.78, 0.53], [0.2, 0.53]]])
    seen = windows(features, centres)
    assert seen.shape == (1, 2, 81)
    assert seen[0, 0].reshape(9, 9)[4, 4] == 1
    assert seen[0, 0].reshape(9, 9)[0].sum() == 0
    assert seen[0, 1].sum() == 0


def test_joints_of_a_frame_depend_on_that_frame_alone() -> None:
    torch.manual_seed(0)
    model = PoseEstimator(CONFIG).eval()
    videos = torch.rand(2, 3, 5, 32, 32) * 2 - 1
    estimate = model(videos)
    assert estimate.joints.shape == (2, 5, 2, 2)
    assert [tuple(logits.shape) for logits in estimate.parameters] == [(2, 3), (2, 2)]
    changed = videos.clone()
    changed[0, :, 2] = 0
    differs = (model(changed).joints - estimate.joints).abs().amax(dim=(2, 3)) > 1e-6
    assert differs.nonzero().tolist() == [[0, 2]]
    assert not torch.allclose(model(changed).parameters[0][0], estimate.parameters[0][0])
