"""WLASL and NMFs-CSL, in files written as they are distributed."""

import gzip
import json
import pickle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from signlab.data.video import write_mp4
from signlab.data.words import open_nmfs_csl, open_wlasl


def wlasl(folder: Path) -> None:
    """Two glosses with two clips each; one clip is gone from the web, one only the subset's list knows."""

    def instance(video: str, split: str, signer: int) -> dict[str, Any]:
        return {
            "bbox": [385, 37, 885, 720],
            "fps": 25,
            "frame_end": -1,
            "frame_start": 1,
            "instance_id": 0,
            "signer_id": signer,
            "source": "aslbrick",
            "split": split,
            "url": "http://aslbricks.org/New/ASL-Videos/book.mp4",
            "variation_id": 0,
            "video_id": video,
        }

    words = [
        {"gloss": "book", "instances": [instance("00625", "train", 118), instance("00631", "val", 90)]},
        {"gloss": "thank you", "instances": [instance("05237", "train", 4), instance("05238", "test", 4)]},
    ]
    (folder / "videos").mkdir()
    (folder / "WLASL_v0.3.json").write_text(json.dumps(words))
    subset = {
        "00625": {"subset": "train", "action": [0, 1, 57]},
        "05237": {"subset": "train", "action": [1, 1, 40]},
        "05238": {"subset": "test", "action": [1, 1, 40]},
        "99999": {"subset": "train", "action": [1, 1, 9]},
    }
    (folder / "nslt_2.json").write_text(json.dumps(subset))
    (folder / "wlasl_class_list.txt").write_text("0\tbook\n1\tthank you\n")
    for number, video in enumerate(("00625", "00631", "05238")):
        write_mp4(folder / "videos" / f"{video}.mp4", np.full((5, 46, 34, 3), 60 * number, np.uint8), 25.0)


def test_clips_by_class_split_and_signer(tmp_path: Path) -> None:
    wlasl(tmp_path)
    corpus = open_wlasl(tmp_path, size=16)
    assert (corpus.name, corpus.splits) == ("wlasl-2", ("train", "test"))
    (book,) = corpus.split("train")
    assert (book.name, book.glosses, book.signer, book.fps) == ("00625", ("book",), "118", 25.0)
    assert book.video is not None
    assert book.video.shape == (5, 16, 16, 3)
    assert corpus.split("test")[0].glosses == ("thank you",)


def test_missing_and_unknown_clips_are_counted(tmp_path: Path) -> None:
    wlasl(tmp_path)
    assert open_wlasl(tmp_path).notes == (
        "1 of 3 (05237) clips of nslt_2.json are missing.",
        "1 clips of nslt_2.json are unknown to WLASL_v0.3.json, left out.",
    )


def rewritten(folder: Path, **changes: Any) -> None:
    """The first clip of the subset's list and of WLASL's own, with other fields."""
    subset = json.loads((folder / "nslt_2.json").read_text())
    subset["00625"]["action"] = changes.pop("action", subset["00625"]["action"])
    (folder / "nslt_2.json").write_text(json.dumps(subset))
    words = json.loads((folder / "WLASL_v0.3.json").read_text())
    words[0]["instances"][0] |= changes
    (folder / "WLASL_v0.3.json").write_text(json.dumps(words))


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ([0, 1, 57], [0, 1, 2, 3, 4]),
        ([0, 2, 4], [1, 2, 3]),
        ([0, 4, -1], [3, 4]),
        ([0, 9, 12], [0, 1, 2, 3, 4]),
    ],
)
def test_of_a_clip_the_frames_that_the_list_names(
    tmp_path: Path, action: list[int], expected: list[int]
) -> None:
    wlasl(tmp_path)
    frames = np.arange(0, 250, 50, dtype=np.uint8)[:, None, None, None]
    write_mp4(tmp_path / "videos" / "00625.mp4", np.broadcast_to(frames, (5, 46, 34, 3)).copy(), 25.0)
    rewritten(tmp_path, action=action)
    video = open_wlasl(tmp_path).split("train")[0].video
    assert video is not None
    assert (video[:, 20, 20, 0] / 50).round().tolist() == expected


def test_the_square_around_the_person(tmp_path: Path) -> None:
    wlasl(tmp_path)
    video = np.zeros((2, 40, 60, 3), np.uint8)
    video[:, 8:28, 34:46] = 255  # the person: 20 high, 12 wide
    write_mp4(tmp_path / "videos" / "00625.mp4", video, 25.0)
    for box, corner in (([34, 8, 46, 28], (8, 30)), ([50, 25, 70, 45], (20, 40)), ([-9, -3, 9, 15], (0, 0))):
        rewritten(tmp_path, bbox=box)
        cut = open_wlasl(tmp_path, around_person=True).split("train")[0].video
        assert cut is not None
        side = max(box[2] - box[0], box[3] - box[1])
        y, x = corner
        wanted = video[:, y : y + side, x : x + side].astype(int)
        assert cut.shape == wanted.shape
        assert abs(cut.astype(int) - wanted).mean() < 12  # as mp4 keeps it
    assert open_wlasl(tmp_path, size=16, around_person=True).split("train")[0].video.shape == (2, 16, 16, 3)  # pyright: ignore[reportOptionalMemberAccess]
    for box in ([1, 2, 3], [9, 0, 3, 5]):
        rewritten(tmp_path, bbox=box)
        with pytest.raises(ValueError, match="clip 00625: a box must be"):
            open_wlasl(tmp_path, around_person=True).split("train")[0]


def test_the_largest_subset_of_a_folder_or_the_one_named(tmp_path: Path) -> None:
    wlasl(tmp_path)
    one = {"00625": {"subset": "train", "action": [0, 1, 57]}}
    (tmp_path / "nslt_1.json").write_text(json.dumps(one))
    assert open_wlasl(tmp_path).name == "wlasl-2"
    assert open_wlasl(tmp_path).notes[-1].endswith("give the path of nslt_1.json.")
    assert open_wlasl(tmp_path / "nslt_1.json").name == "wlasl-1"
    assert open_wlasl(tmp_path / "nslt_1.json").splits == ("train",)


def test_without_a_subset_all_instances_are_read(tmp_path: Path) -> None:
    wlasl(tmp_path)
    (tmp_path / "nslt_2.json").unlink()
    corpus = open_wlasl(tmp_path)
    assert (corpus.name, corpus.splits) == ("wlasl", ("train", "valid", "test"))
    assert corpus.split("val")[0].name == "00631"


def test_names_of_classes_may_come_from_either_file(tmp_path: Path) -> None:
    wlasl(tmp_path)
    (tmp_path / "wlasl_class_list.txt").unlink()
    assert open_wlasl(tmp_path).glosses == ("book", "thank you")
    (tmp_path / "WLASL_v0.3.json").unlink()
    with pytest.raises(ValueError, match="class 0 of clip 00625 must have a name"):
        open_wlasl(tmp_path)
    (tmp_path / "wlasl_class_list.txt").write_text("0\tbook\n1 thank you\n")
    with pytest.raises(ValueError, match=r"class_list\.txt:2: a line must be a number, a tab and a gloss"):
        open_wlasl(tmp_path)


def test_damage_is_named(tmp_path: Path) -> None:
    wlasl(tmp_path)
    clip = tmp_path / "videos" / "00625.mp4"
    clip.write_bytes(clip.read_bytes()[:300])
    with pytest.raises(ValueError, match=r"00625\.mp4 must "):
        open_wlasl(tmp_path).split("train")[0]
    (tmp_path / "nslt_2.json").write_text('{"00625": {"subset": "train"}}')
    with pytest.raises(ValueError, match=r"nslt_2\.json must map clips .* missing in it \('action'\)"):
        open_wlasl(tmp_path)
    (tmp_path / "nslt_2.json").write_text('{"00625": ')
    with pytest.raises(ValueError, match=r"nslt_2\.json must be JSON, but it is damaged"):
        open_wlasl(tmp_path)
    (tmp_path / "WLASL_v0.3.json").write_text('[{"gloss": "book"}]')
    with pytest.raises(
        ValueError, match=r"v0\.3\.json must be a list of glosses with instances, .*'instances'"
    ):
        open_wlasl(tmp_path)


def test_no_clip_at_all_is_one_sentence(tmp_path: Path) -> None:
    wlasl(tmp_path)
    (tmp_path / "videos").rename(tmp_path / "raw")
    with pytest.raises(ValueError, match=r"videos as 00625\.mp4 and so on, but none of the 3"):
        open_wlasl(tmp_path)


def nmfs(folder: Path) -> None:
    for name in ("0012/P01_1", "0012/P02_1", "0500/P01_1"):
        frames = folder / "jpg_video_ori" / name
        frames.mkdir(parents=True)
        for number in (1, 2, 4) if name == "0500/P01_1" else (1, 2, 3):
            cv2.imwrite(str(frames / f"image_{number:05d}.jpg"), np.full((32, 32, 3), 50 * number, np.uint8))


def test_nmfs_csl_without_lists_is_one_split(tmp_path: Path) -> None:
    nmfs(tmp_path)
    corpus = open_nmfs_csl(tmp_path)
    assert corpus.splits == ("all",)
    assert [example.name for example in corpus.split("all")] == ["0012/P01_1", "0012/P02_1", "0500/P01_1"]
    assert corpus.notes[0].startswith("No lists")
    assert corpus.notes[1].startswith("1 of 3 (0500/P01_1) videos lack frames")


def test_nmfs_csl_repeats_the_frame_before_a_missing_one(tmp_path: Path) -> None:
    nmfs(tmp_path)
    example = open_nmfs_csl(tmp_path, size=8).split("all")[2]
    assert example.video is not None
    assert example.video.shape == (4, 8, 8, 3)
    np.testing.assert_allclose(example.video[:, 0, 0, 0], [50, 100, 100, 200], atol=2)
    assert (example.glosses, example.fps) == (("0500",), 30.0)


def test_nmfs_csl_lists_as_text_or_pickle(tmp_path: Path) -> None:
    nmfs(tmp_path)
    (tmp_path / "train.txt").write_text("0012/P01_1\n0500/P01_1\n")
    records = [{"name": "P02_1", "label": "0012", "video_file": "jpg_video_ori/0012/P02_1", "seq_len": 3}]
    (tmp_path / "test.pkl").write_bytes(gzip.compress(pickle.dumps(records)))
    corpus = open_nmfs_csl(tmp_path)
    assert corpus.splits == ("train", "test")
    assert corpus.split("test").text(0).name == "0012/P02_1"
    (tmp_path / "train.txt").write_text("0012/P07_1\n")
    without = open_nmfs_csl(tmp_path)
    assert without.splits == ("test",)
    assert without.notes[0] == "1 of 2 (0012/P07_1) videos of the lists are missing."
    (tmp_path / "test.pkl").unlink()
    with pytest.raises(ValueError, match=r"1 of 1 \(0012/P07_1\) are not; unpack"):
        open_nmfs_csl(tmp_path)


def test_nmfs_csl_without_frames_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "jpg_video_ori").mkdir()
    with pytest.raises(ValueError, match=r"jpg_video_ori/<class>/<video>/, but there are none"):
        open_nmfs_csl(tmp_path)
