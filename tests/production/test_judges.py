"""Judges: what they count, whom they compare, and that an estimator that knows the truth finds nothing wrong."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from signlab.metrics.estimator import Estimate, EstimatorConfig, PoseEstimator
from signlab.production.clips import Clips
from signlab.production.judges import Judges, judge_poses, judged

JOINTS = ("left_shoulder", "right_shoulder", "left_index_tip", "head")
PARAMETERS = ("handshape", "mouth", "brows")


def truth(num: int = 3, frames: int = 4) -> Clips:
    """Clip n shows value n of every parameter; its shoulders are half a frame apart; joints drift by .1 a frame."""
    start = torch.tensor([[0.25, 0.5], [0.75, 0.5], [0.1, 0.9], [0.5, 0.2]])
    drift = 0.1 * torch.arange(frames)[:, None, None] * torch.tensor([0.0, 1.0])
    values = torch.arange(num)[:, None, None].expand(num, frames, len(PARAMETERS))
    videos = torch.zeros(num, frames, 4, 4, 3, dtype=torch.uint8)
    videos[:] = (10 * torch.arange(num))[:, None, None, None, None]
    glosses = ("RAIN", "SNOW", "HAIL", "WIND")[:num]
    return Clips(videos, glosses, (start + drift).expand(num, -1, -1, -1), JOINTS, values, PARAMETERS)


class Oracle(nn.Module):
    """Reads the clip's number off its brightness and answers from the truth, joints moved, one parameter off."""

    def __init__(self, clips: Clips, *, off: float = 0.0, wrong: str | None = None) -> None:
        super().__init__()
        self.clips, self.off, self.wrong = clips, off, wrong
        self.config = EstimatorConfig(joints=JOINTS, parameters=PARAMETERS)
        self.unused = nn.Parameter(torch.zeros(()))

    def forward(self, videos: Tensor) -> Estimate:
        numbers = ((videos[:, 0, 0, 0, 0] + 1) * 12.75).round().long()
        joints = self.clips.joints[numbers].clone()
        joints[:, :, JOINTS.index("left_index_tip")] += torch.tensor([self.off, 0.0])
        logits = []
        for name in PARAMETERS:
            value = (numbers + 1) % 3 if name == self.wrong else numbers
            logits.append(10.0 * nn.functional.one_hot(value, 3))
        return Estimate(joints, tuple(logits))


def oracle(clips: Clips, *, off: float = 0.0, wrong: str | None = None) -> PoseEstimator:
    found = Oracle(clips, off=off, wrong=wrong)
    found.__class__ = type("Oracle", (Oracle, PoseEstimator), {})
    return found  # pyright: ignore[reportReturnType]


def test_who_knows_the_truth_finds_nothing_wrong() -> None:
    clips = truth()
    report = judge_poses(oracle(clips), clips.videos, clips)
    assert report.joints == report.aligned == {"hand": 0, "face": 0, "body": 0}
    assert report.parameters == {"handshape": 1, "mouth": 1, "brows": 1}
    assert report.non_manual == report.marked == 1


def test_distances_are_in_shoulder_widths_and_each_part_has_its_own() -> None:
    clips = truth()
    report = judge_poses(oracle(clips, off=0.25), clips.videos, clips)
    assert report.joints["hand"] == pytest.approx(0.5)
    assert report.joints["face"] == report.joints["body"] == 0
    assert report.aligned["hand"] <= report.joints["hand"]


def test_a_wrong_mouth_counts_once_for_the_mouth_and_once_for_the_face() -> None:
    clips = truth()
    report = judge_poses(oracle(clips, wrong="mouth"), clips.videos, clips)
    assert report.parameters == {"handshape": 1, "mouth": 0, "brows": 1}
    assert report.non_manual == 0
    assert report.marked == 0.5  # of values 1 and 2 of mouth and brows, those of the brows


def test_a_late_performance_is_forgiven_once_aligned() -> None:
    clips = truth()
    late = clips._replace(joints=clips.joints[:, [0, 0, 1, 2]])
    report = judge_poses(oracle(late), clips.videos, clips)
    assert report.joints["body"] == pytest.approx(0.75 * 0.2)  # a frame's drift of .1 is .2 shoulder widths
    assert report.aligned["body"] == pytest.approx(0.2 / 5)


def brightness(clips: Tensor) -> Tensor:
    return torch.stack([clips.mean(dim=(1, 2, 3, 4)), clips.square().mean(dim=(1, 2, 3, 4))], dim=1)


def say_rain(videos: np.ndarray) -> Sequence[str]:
    return ["RAIN"] * len(videos)


def test_all_judges_together() -> None:
    clips = truth()
    judges = Judges(say_rain, brightness, "brightness (a proxy)", oracle(clips))
    found = judged({"real": clips.videos, "made": clips.videos}, clips, judges, twins={"RAIN", "SNOW"})
    assert found.recognised == {"real": pytest.approx(1 / 3), "made": pytest.approx(1 / 3)}
    assert found.twins == {"real": 0.5, "made": 0.5}
    assert set(found.poses) == {"real", "made"}
    assert set(found.distances) == {"made"}
    assert found.distances["made"].value == pytest.approx(0, abs=1e-9)
    assert found.distances["made"].num_made == 3
    assert found.distances["made"].features == "brightness (a proxy)"


def test_where_joints_are_unknown_or_clips_too_few_nothing_is_made_up() -> None:
    clips = truth(num=1)
    blind = clips._replace(joint_names=(), joints=clips.joints[:, :, :0])
    found = judged({"real": blind.videos}, blind, Judges(say_rain, brightness, "brightness", oracle(clips)))
    assert found.poses == found.distances == found.twins == {}


def test_a_recogniser_is_not_asked_for_signs_it_cannot_name() -> None:
    clips = truth()
    judges = Judges(say_rain, brightness, "brightness (a proxy)")
    kinds = {"real": clips.videos}
    assert judged(kinds, clips, judges._replace(glosses=("FOG",))).recognised == {}
    assert judged(kinds, clips, judges._replace(glosses=("FOG", "SNOW"))).recognised == {
        "real": pytest.approx(1 / 3)
    }
