"""Training the estimator of poses: it learns, clips move with their joints, and what nobody knows is refused."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from signlab.metrics.estimator import Estimate, EstimatorConfig
from signlab.production.clips import Clips, load_clips, to_videos
from signlab.production.train_estimator import (
    EstimatorTrainingConfig,
    estimator_loss,
    load_estimator,
    measure,
    named_right,
    shifted,
    shown_parameters,
    train_estimator,
)
from signlab.training import read_metrics

HANDS = ("left_middle_knuckle", "right_middle_knuckle")
CONFIG = EstimatorTrainingConfig(
    model=EstimatorConfig(frames=8, size=32, looks=HANDS, channels=8, dim=16),
    steps=60,
    batch_size=4,
    warmup_steps=5,
    evaluate_every=30,
    save_every=30,
    num_valid=8,
    precision="32-true",
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, squares) -> Path:
    run = tmp_path_factory.mktemp("estimator")
    train_estimator(CONFIG, corpus=squares, run=run)
    return run


def test_it_finds_the_square(trained: Path, squares) -> None:
    clips = load_clips(squares.split("valid")[:8], frames=8, size=32)
    middle = (clips.joints - 0.5).norm(dim=-1).mean()
    assert measure(load_estimator(trained), clips)["joints"] < 0.6 * middle  # of always saying the middle
    assert {"valid/joints", "valid/direction"} <= set(read_metrics(trained)[-1])


def test_a_resumed_training_ends_in_the_same_weights(trained: Path, squares, tmp_path: Path) -> None:
    class KilledError(Exception):
        """Stands for a kill after the first save."""

    def killed(step: int, values: dict[str, float]) -> None:
        if step > 30:
            raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "signlab.training.log.MetricsLog.write", lambda self, step, values: killed(step, values)
        )
        with pytest.raises(KilledError):
            train_estimator(CONFIG, corpus=squares, run=tmp_path / "resumed")
    torch.rand(5)  # whatever happened in between
    resumed = train_estimator(CONFIG, corpus=squares, run=tmp_path / "resumed", resume=True)
    whole = load_estimator(trained).state_dict()
    for name, weight in resumed.state_dict().items():
        assert torch.equal(weight, whole[name]), name


def test_a_clip_and_its_joints_move_together(squares) -> None:
    clips = load_clips(squares.split("train")[:6], frames=8, size=32)
    videos = to_videos(clips.videos)
    torch.manual_seed(0)
    moved, joints = shifted(videos, clips.joints, most=4 / 32)
    assert not torch.equal(moved, videos)
    for clip, places in zip(moved, joints, strict=True):
        for frame in range(8):  # the square is brighter than the ground
            bright = clip[:, frame].sum(dim=0)
            rows, columns = (bright > bright.mean() + 0.5).nonzero().float().mean(dim=0).tolist()
            x, y = places[frame, 0].tolist()
            assert abs((columns + 0.5) / 32 - x) < 1.1 / 32
            assert abs((rows + 0.5) / 32 - y) < 1.1 / 32
    still, same = shifted(videos, clips.joints, most=0.0)
    assert torch.equal(still, videos)
    assert torch.equal(same, clips.joints)


def of(parameters: torch.Tensor) -> Clips:
    num = len(parameters)
    names = tuple(f"p{kind}" for kind in range(parameters.shape[2]))
    videos = torch.zeros(num, parameters.shape[1], 2, 2, 3, dtype=torch.uint8)
    return Clips(videos, ("RAIN",) * num, torch.zeros(num, parameters.shape[1], 0, 2), (), parameters, names)


def test_a_clip_shows_what_most_of_its_frames_show() -> None:
    parameters = torch.tensor([[[-1, -1], [2, -1], [2, -1], [0, -1]]])
    assert shown_parameters(of(parameters)).tolist() == [[2, -1]]


def test_the_loss_by_hand() -> None:
    joints = torch.zeros(2, 3, 4, 2)
    off = joints + torch.tensor([0.3, 0.4])
    logits = torch.tensor([[0.0, 0.0], [0.0, 0.0]])
    loss = estimator_loss(Estimate(off, (logits, logits)), joints, torch.tensor([[0, -1], [-1, -1]]))
    torch.testing.assert_close(loss.joints, torch.tensor(0.5))
    torch.testing.assert_close(loss.parameters, torch.tensor(2.0).log() / 2)  # one of two kinds is asked


def test_right_wrong_and_nothing_to_say() -> None:
    logits = torch.tensor([[3.0, 1.0], [0.0, 1.0], [5.0, 1.0]])
    right = named_right(Estimate(torch.zeros(3, 1, 1, 2), (logits,)), torch.tensor([[0], [0], [-1]]))
    assert right[:2, 0].tolist() == [1, 0]
    assert right[2].isnan().all()


def test_a_corpus_without_joints_is_refused(squares, tmp_path: Path) -> None:
    config = replace(CONFIG, model=EstimatorConfig(looks=("head",)))
    with pytest.raises(ValueError, match="squares has no joint 'head'"):
        train_estimator(config, corpus=squares, run=tmp_path)
