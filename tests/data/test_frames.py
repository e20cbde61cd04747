"""Numbered pictures as clips; any clip as a square."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from signlab.data.frames import frame_number, read_frames, read_picture, square


def write(path: Path, colour: tuple[int, int, int], *, height: int = 11, width: int = 13) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = np.full((height, width, 3), colour[::-1], np.uint8)  # OpenCV writes BGR
    assert cv2.imwrite(str(path), picture)


def test_pictures_come_in_the_order_of_their_numbers_and_in_rgb(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        write(tmp_path / f"images{number}.png", (number, 0, 200))
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    video = read_frames(tmp_path)
    assert video.shape == (10, 11, 13, 3)  # 3 to 9 are missing
    assert video[:, 0, 0, 0].tolist() == [1, 2, 2, 2, 2, 2, 2, 2, 2, 10]
    assert video[0, 0, 0].tolist() == [1, 0, 200]


@pytest.mark.parametrize("name", ["image_00012.jpg", "images0012.png", "000012.jpg"])
def test_the_number_in_a_name(name: str) -> None:
    assert frame_number(Path("v2") / name) == 12


def test_what_is_wrong_with_a_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere must hold numbered pictures"):
        read_frames(tmp_path / "nowhere")
    write(tmp_path / "1.png", (0, 0, 0))
    write(tmp_path / "2.png", (0, 0, 0), height=7)
    with pytest.raises(ValueError, match=r"one size, but .*2\.png is 13x7 after 13x11"):
        read_frames(tmp_path)
    (tmp_path / "2.png").write_bytes((tmp_path / "1.png").read_bytes()[:20])
    with pytest.raises(ValueError, match=r"2\.png must be a picture .* damaged"):
        read_frames(tmp_path)
    (tmp_path / "2.png").write_bytes(b"")
    with pytest.raises(ValueError, match=r"2\.png must be a picture"):
        read_frames(tmp_path)
    with pytest.raises(ValueError, match=r"none at .*first\.png"):
        read_picture(tmp_path / "first.png")


def test_the_middle_square_of_a_wide_and_of_a_tall_clip() -> None:
    wide = np.zeros((2, 5, 9, 3), np.uint8)
    wide[:, :, 2:7] = 200
    assert (square(wide, 5) == 200).all()
    tall = np.zeros((2, 9, 5, 3), np.uint8)
    tall[:, 2:7] = 200
    assert square(tall, 3).shape == (2, 3, 3, 3)
    assert (square(tall, 3) == 200).all()
    assert square(tall, 17).shape == (2, 17, 17, 3)
