"""`.pose` files, written here and real ones."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from signlab.data.poses import Keypoints, normalised, open_poses, read_pose

pose_format = pytest.importorskip("pose_format")
REAL = Path(__file__).parents[3] / "shared" / "data" / "poses"
real = pytest.mark.skipif(not REAL.is_dir(), reason="the real pose files are not in the project")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Frames of points, written as one `.pose` file."""

    points: np.ndarray  # (frames, points, 2)
    confidence: np.ndarray  # (frames, points)
    names: tuple[str, ...] = ("LEFT_SHOULDER", "RIGHT_SHOULDER", "NOSE")
    fps: float = 24.0

    def write(self, path: Path) -> None:
        from pose_format import Pose
        from pose_format.numpy import NumPyPoseBody
        from pose_format.pose_header import PoseHeader, PoseHeaderComponent, PoseHeaderDimensions

        part = PoseHeaderComponent("POSE_LANDMARKS", list(self.names), [(0, 1)], [(255, 0, 0)], "XYC")
        header = PoseHeader(0.1, PoseHeaderDimensions(640, 480, 0), [part])
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            Pose(header, NumPyPoseBody(self.fps, self.points[:, None], self.confidence[:, None])).write(file)


def person(*, frames: int = 5) -> Person:
    """Shoulders 20 apart around (100, 50); a nose 10 above, unseen in frame 1."""
    points = np.tile(np.array([[110.0, 50], [90, 50], [100, 40]], np.float32), (frames, 1, 1))
    confidence = np.ones((frames, 3), np.float32)
    confidence[1, 2] = 0
    return Person(points=points, confidence=confidence)


def test_shoulders_are_the_ruler(tmp_path: Path) -> None:
    person().write(tmp_path / "a.pose")
    keypoints = read_pose(tmp_path / "a.pose")
    assert keypoints.names[2] == "POSE_LANDMARKS.NOSE"
    assert keypoints.fps == 24
    places = normalised(keypoints)
    np.testing.assert_allclose(places[0], [[0.5, 0], [-0.5, 0], [0, -0.5]], atol=1e-6)
    np.testing.assert_array_equal(places[1, 2], [0, 0])  # not seen


def test_where_and_how_near_the_camera_stood_does_not_matter() -> None:
    generator = np.random.default_rng(0)
    points = generator.normal(size=(7, 3, 2)).astype(np.float32)
    points[:, 0, 0] += 5
    mask = generator.random((7, 3)) > 0.2
    mask[0] = True
    names = ("BODY.LShoulder", "BODY.RShoulder", "BODY.Nose")
    near = Keypoints(points * 3 + 40, mask, names, 25.0)
    far = Keypoints(points, mask, names, 25.0)
    np.testing.assert_allclose(normalised(near), normalised(far), atol=1e-4)
    no_shoulders = ("a.b", "a.c", "a.d")
    spread = normalised(far._replace(names=no_shoulders))
    np.testing.assert_allclose(normalised(near._replace(names=no_shoulders)), spread, atol=1e-4)
    np.testing.assert_allclose(spread[mask].mean(), 0, atol=1e-5)


def test_nothing_seen_is_all_zero() -> None:
    keypoints = Keypoints(np.ones((2, 3, 2), np.float32), np.zeros((2, 3), bool), ("a.b",) * 3, 25.0)
    assert not normalised(keypoints).any()


def test_a_folder_without_a_table(tmp_path: Path) -> None:
    person().write(tmp_path / "b.pose")
    person(frames=3).write(tmp_path / "x" / "a.pose")
    corpus = open_poses(tmp_path)
    assert corpus.splits == ("all",)
    assert [example.name for example in corpus.split("all")] == ["b", "x/a"]
    example = corpus.split("all")[0]
    assert example.features is not None
    assert example.features.shape == (5, 6)
    assert (example.fps, example.glosses, example.video) == (24.0, (), None)


INDEX = "path,spoken_language,signed_language,start,end,words,glosses,priority\n"


def test_a_lexicon_with_pieces_and_synonyms(tmp_path: Path) -> None:
    person(frames=48).write(tmp_path / "sgg" / "haus.pose")  # two seconds
    rows = "sgg/haus.pose,de,sgg,0,0,haus,HAUS,0\nsgg/haus.pose,de,sgg,0,0,heim,HEIM,1\n"
    (tmp_path / "index.csv").write_text(INDEX + rows + "sgg/haus.pose,de,sgg,500,1000,im haus,IM HAUS,0\n")
    whole, synonym, piece = open_poses(tmp_path).split("all")
    assert (whole.name, synonym.name, piece.name) == ("sgg/haus", "sgg/haus#2", "sgg/haus@500")
    assert (synonym.glosses, synonym.sentences, synonym.language) == (("HEIM",), ("heim",), "de")
    assert whole.features is not None
    assert piece.features is not None
    assert (len(whole.features), len(piece.features)) == (48, 12)
    assert piece.glosses == ("IM", "HAUS")


def test_damage_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must hold \.pose files"):
        open_poses(tmp_path)
    person().write(tmp_path / "a.pose")
    whole = (tmp_path / "a.pose").read_bytes()
    for damaged in (b"", b"\x00", whole[:30], whole[:-9], b"RIFF" * 30):
        (tmp_path / "a.pose").write_bytes(damaged)
        with pytest.raises(ValueError, match=r"a\.pose must "):
            open_poses(tmp_path).split("all")[0]
    (tmp_path / "index.csv").write_text(INDEX + "b.pose,de,sgg,0,0,b,B,0\n")
    with pytest.raises(ValueError, match=r"index\.csv:2: b\.pose must be a file"):
        open_poses(tmp_path)
    (tmp_path / "index.csv").write_text(INDEX + "a.pose,de,sgg,x,0,b,B,0\n")
    with pytest.raises(ValueError, match=r"index\.csv:2: start and end must be milliseconds"):
        open_poses(tmp_path)
    (tmp_path / "a.pose").write_bytes(whole)
    (tmp_path / "index.csv").write_text(INDEX + "a.pose,de,sgg,9000,9900,b,B,0\n")
    with pytest.raises(ValueError, match=r"a\.pose has 5 frames, but \(9000\.0, 9900\.0\) ms"):
        open_poses(tmp_path).split("all")[0]
    with pytest.raises(ValueError, match=r"none at .*c\.pose"):
        read_pose(tmp_path / "c.pose")


@real
def test_the_real_lexicon() -> None:
    examples = list(open_poses(REAL / "dummy_lexicon").split("all"))
    assert [example.sentences for example in examples] == [("kleine",), ("kinder",), ("essen",), ("pizza",)]
    for example in examples:
        assert example.features is not None
        assert example.features.shape[1] == 178 * 3
        assert np.isfinite(example.features).all()
        assert 0.05 < np.abs(example.features).mean() < 2  # in shoulder widths
    wrists = [name.endswith("WRIST") for name in read_pose(REAL / "dummy_lexicon/sgg/pizza.pose").names]
    assert sum(wrists) == 4  # of the body and of the hands


@real
def test_the_real_openpose_file() -> None:
    keypoints = read_pose(REAL / "openpose_137.pose")
    assert keypoints.points.shape == (93, 137, 2)
    places = normalised(keypoints)
    left, right = (keypoints.names.index(f"pose_keypoints_2d.{side}Shoulder") for side in "LR")
    seen = keypoints.points_mask[:, left] & keypoints.points_mask[:, right]
    width = np.linalg.norm(places[seen, left] - places[seen, right], axis=1).mean()
    np.testing.assert_allclose(width, 1, atol=1e-4)
