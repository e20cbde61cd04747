"""Frames, clips and files: round trips, refusals, and files that are not what they seem."""

import builtins
import itertools

import numpy as np
import pytest
import torch

from signlab.data import video
from signlab.data.video import (
    check_video,
    frame_positions,
    from_clip,
    read_video,
    resample,
    to_clip,
    write_mp4,
)


def smooth(frames: int, height: int, width: int) -> np.ndarray:
    """A moving gradient, which survives compression."""
    t, y, x = np.mgrid[:frames, :height, :width]
    return np.stack([4 * x + 3 * t, 4 * y, 255 - 3 * x - 2 * t], axis=-1).clip(0, 255).astype(np.uint8)


def test_black_grey_and_white_by_hand() -> None:
    frames = np.zeros((2, 3, 5, 3), dtype=np.uint8)
    frames[1, 2, 3] = 0, 51, 255
    clip = to_clip(frames)
    assert clip.shape == (3, 2, 3, 5)
    torch.testing.assert_close(clip[:, 1, 2, 3], torch.tensor([-1.0, -0.6, 1.0]))


def test_every_value_comes_back() -> None:
    frames = np.arange(256 * 3, dtype=np.uint8).reshape(4, 8, 8, 3)
    frames.flags.writeable = False  # as a mapped file is
    assert np.array_equal(from_clip(to_clip(frames)), frames)


def test_what_is_beyond_white_is_cut_off() -> None:
    clip = torch.tensor([-1.7, 0.0, 1.3]).reshape(3, 1, 1, 1).requires_grad_()
    assert from_clip(clip).tolist() == [[[[0, 128, 255]]]]


def test_positions_by_hand() -> None:
    assert frame_positions(5, 5) == [0, 1, 2, 3, 4]
    assert frame_positions(7, 3) == [0, 3, 6]
    assert frame_positions(3, 5) == [0, 1, 1, 2, 2]  # halves are rounded up
    assert frame_positions(7, 1) == [3]
    assert frame_positions(1, 3) == [0, 0, 0]


def test_positions_are_even_and_keep_both_ends() -> None:
    for num_from, num_to in itertools.product(range(1, 40), range(2, 40)):
        found = frame_positions(num_from, num_to)
        assert (len(found), found[0], found[-1]) == (num_to, 0, num_from - 1)
        gaps = np.diff(found)
        assert gaps.max() - gaps.min() <= 1


def test_clips_and_frames_are_resampled_alike() -> None:
    frames = smooth(11, 3, 5)
    assert np.array_equal(resample(frames, 7), frames[frame_positions(11, 7)])
    torch.testing.assert_close(resample(to_clip(frames), 7), to_clip(resample(frames, 7)))
    batch = torch.stack([to_clip(frames)] * 2)
    assert resample(batch, 7).shape == (2, 3, 7, 3, 5)


@pytest.mark.parametrize(("num_from", "num_to"), [(0, 3), (3, 0)])
def test_nothing_cannot_be_resampled(num_from, num_to) -> None:
    with pytest.raises(ValueError, match=f"not {num_to} of {num_from}"):
        frame_positions(num_from, num_to)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (torch.zeros(3, 5, 7, 11), r"must be \(batch, 3, frames, height, width\), but got \(3, 5, 7, 11\)"),
        (torch.zeros(2, 5, 3, 7, 11), r"Frames come first here"),
        (torch.zeros(2, 3, 0, 7, 11), r"at least one pixel, but its shape is \(2, 3, 0, 7, 11\)"),
        (
            torch.zeros(2, 3, 5, 7, 11, dtype=torch.uint8),
            r"must be float, but got torch.uint8; try x / 127.5",
        ),
        (torch.full((2, 3, 5, 7, 11), 255.0), r"clip must lie in \[-1, 1\], but it spans \[255, 255\]"),
        (torch.full((2, 3, 5, 7, 11), torch.nan), r"must lie in \[-1, 1\], but it spans \[nan, nan\]"),
    ],
)
def test_a_wrong_video_is_refused(wrong, message) -> None:
    with pytest.raises(ValueError, match=message):
        check_video(wrong, name="clip")


def test_a_right_video_is_taken() -> None:
    check_video(to_clip(smooth(5, 7, 11))[None])


def test_a_file_gives_back_what_was_written(tmp_path) -> None:
    frames = smooth(11, 30, 42)
    write_mp4(tmp_path / "clip.mp4", frames, fps=30000 / 1001)
    film = read_video(tmp_path / "clip.mp4")
    assert film.fps == pytest.approx(30000 / 1001)
    assert film.frames.shape == frames.shape
    assert np.abs(film.frames.astype(int) - frames).mean() < 4
    assert [file.name for file in tmp_path.iterdir()] == ["clip.mp4"]


def test_odd_sides_get_one_more_row_and_column(tmp_path) -> None:
    frames = smooth(5, 31, 43)
    write_mp4(tmp_path / "clip.mp4", frames)
    film = read_video(tmp_path / "clip.mp4")
    assert film.fps == 25
    assert film.frames.shape == (5, 32, 44, 3)
    assert np.abs(film.frames[:, :31, :43].astype(int) - frames).mean() < 4


def test_a_telephones_rotation_is_obeyed() -> None:
    class Frame:
        rotation = -90  # turn clockwise

        def to_ndarray(self, *, format: str) -> np.ndarray:
            picture = np.zeros((3, 5, 3), dtype=np.uint8)
            picture[0, 0] = 255
            return picture

    upright = video._upright(Frame())
    assert upright.shape == (5, 3, 3)
    assert upright[0, 2].tolist() == [255, 255, 255]  # the upper left corner is now upper right


def test_a_damaged_file_is_one_sentence(tmp_path) -> None:
    whole, damaged = tmp_path / "whole.mp4", tmp_path / "damaged.mp4"
    write_mp4(whole, np.random.default_rng(0).integers(0, 255, (7, 32, 32, 3), dtype=np.uint8))
    content = whole.read_bytes()
    for kept in (b"", content[:50], content[: len(content) // 2], b"a table, not a clip\n" * 50):
        damaged.write_bytes(kept)
        with pytest.raises(ValueError, match=r"damaged\.mp4 must (be a video|hold)"):
            read_video(damaged)


def test_a_missing_file_is_one_sentence(tmp_path) -> None:
    with pytest.raises(ValueError, match=r"there is none at .*nowhere\.mp4; check the path"):
        read_video(tmp_path / "nowhere.mp4")


def test_a_sound_has_no_pictures(tmp_path) -> None:
    import av

    with av.open(str(tmp_path / "sound.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), dtype=np.int16), format="s16", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    with pytest.raises(ValueError, match=r"sound\.wav must hold pictures, but it has no video track"):
        read_video(tmp_path / "sound.wav")


def test_nothing_is_not_written(tmp_path) -> None:
    with pytest.raises(
        ValueError, match=r"at least one frame and a positive fps, but got \(0, 4, 6, 3\) at 25"
    ):
        write_mp4(tmp_path / "clip.mp4", np.zeros((0, 4, 6, 3), dtype=np.uint8))
    with pytest.raises(ValueError, match=r"but got \(2, 4, 6, 3\) at 0.0"):
        write_mp4(tmp_path / "clip.mp4", smooth(2, 4, 6), fps=0.0)


def test_a_file_appears_whole_or_not_at_all(tmp_path, monkeypatch) -> None:
    write_mp4(tmp_path / "clip.mp4", smooth(3, 16, 16))
    before = (tmp_path / "clip.mp4").read_bytes()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(tmp_path), "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_mp4(tmp_path / "clip.mp4", smooth(5, 16, 16))
    assert [file.name for file in tmp_path.iterdir()] == ["clip.mp4"]
    assert (tmp_path / "clip.mp4").read_bytes() == before


def test_without_av_the_remedy_is_told(tmp_path, monkeypatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: object) -> object:
        if name.split(".")[0] == "av":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ValueError, match="pip install av"):
        read_video(tmp_path / "clip.mp4")
