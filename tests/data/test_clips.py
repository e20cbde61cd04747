"""Clips with a table: read, refused with a reason, and written so that they can be read again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from signlab.data.clips import open_clips, table_of, write_clips
from signlab.data.example import SignExample
from signlab.data.video import write_mp4


def clip(path: Path, *, shade: int = 120, frames: int = 5) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_mp4(path, np.full((frames, 32, 48, 3), shade, np.uint8), 25.0)


def folder_of(tmp_path: Path, table: str) -> Path:
    for name in ("a.mp4", "b/c.mp4"):
        clip(tmp_path / name)
    (tmp_path / "clips.csv").write_text(table, encoding="utf-8")
    return tmp_path


def test_anybodys_own_recordings(tmp_path: Path) -> None:
    table = (
        "path;gloss;sentence;signer;split\na.mp4;THANK YOU;thanks | thank you;eva;train\nb/c.mp4;;bye;;dev\n"
    )
    corpus = open_clips(folder_of(tmp_path, table), size=16)
    assert (corpus.name, corpus.splits) == ("clips", ("train", "valid"))
    (first,) = corpus.split("train")
    assert (first.glosses, first.sentences) == (("THANK YOU",), ("thanks", "thank you"))
    assert (first.signer, first.fps) == ("eva", 25.0)
    assert first.video is not None
    assert first.video.shape == (5, 16, 16, 3)
    assert corpus.split("valid").text(0).glosses == ()


def test_without_a_split_everything_is_one(tmp_path: Path) -> None:
    corpus = open_clips(folder_of(tmp_path, "path,glosses\na.mp4,RAIN SUN\nb/c.mp4,SUN\n"))
    assert corpus.splits == ("all",)
    assert corpus.split("all").text(0).glosses == ("RAIN", "SUN")


@pytest.mark.parametrize("suffix", ["avi", "webm", "gif"])
def test_other_containers(tmp_path: Path, suffix: str) -> None:
    import av

    codec = {"avi": ("mpeg4", "yuv420p"), "webm": ("libvpx", "yuv420p"), "gif": ("gif", "rgb8")}[suffix]
    with av.open(str(tmp_path / f"a.{suffix}"), "w") as container:
        stream = container.add_stream(codec[0], rate=10)
        stream.width, stream.height, stream.pix_fmt = 48, 32, codec[1]
        for shade in (0, 80, 160):
            frame = av.VideoFrame.from_ndarray(np.full((32, 48, 3), shade, np.uint8), format="rgb24")
            container.mux(stream.encode(frame.reformat(format=codec[1])))
        container.mux(stream.encode())
    (tmp_path / "clips.csv").write_text(f"path,gloss\na.{suffix},A\n")
    video = open_clips(tmp_path).split("all")[0].video
    assert video is not None
    np.testing.assert_allclose(video.mean(axis=(1, 2, 3)), [0, 80, 160], atol=24)


def test_the_table_may_have_another_name_if_it_is_the_only_one(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "path,gloss\na.mp4,A\n")
    (folder / "clips.csv").rename(folder / "mine.tsv")
    (folder / "notes.csv").write_text("day,weather\n")
    assert table_of(folder) == folder / "mine.tsv"
    assert len(open_clips(folder).split("all")) == 1


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("path,gloss\nx.mp4,A\n", r"1 of 1 \(x\.mp4\) are not there"),
        ("path,gloss\n", "must have a row for each clip"),
        ("path,size\na.mp4,3\n", "a column gloss, glosses or sentence, but has path, size"),
        ("file,gloss\na.mp4,A\n", "columns path, but its first line has file, gloss"),
        ("path,gloss\na.mp4,\n", r"clips\.csv:2: a clip must have a gloss or a sentence, but a\.mp4"),
        ("path,gloss,split\na.mp4,A,tset\n", r"clips\.csv:2: the split must be one of"),
        ("path,gloss\na.mp4,A\na.mp4,B\n", r"name each clip once, but a\.mp4 is there twice"),
    ],
)
def test_a_wrong_table_is_one_sentence(tmp_path: Path, table: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        open_clips(folder_of(tmp_path, table))


def test_no_table_is_one_sentence(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4")
    with pytest.raises(ValueError, match=r"must have one table clips\.csv .* has none"):
        open_clips(tmp_path)


@dataclass(frozen=True)
class Few:
    """Two splits of one and two clips."""

    name: str = "puppet-weather"
    splits: tuple[str, ...] = ("train", "test")

    def split(self, name: str) -> Sequence[SignExample]:
        shades = (40, 200) if name == "train" else (90,)
        return [
            SignExample(
                name=f"{name}/{shade}",
                video=np.full((7, 64, 64, 3), shade, np.uint8),
                fps=20.0,
                signer="ada",
                glosses=("RAIN", "TOMORROW"),
                sentences=("tomorrow, it will rain .", "rain comes tomorrow ."),
                language="en",
            )
            for shade in shades
        ]


def test_what_is_written_can_be_read_again(tmp_path: Path) -> None:
    write_clips(Few(), tmp_path / "x" / "made", settings={"seed": 7})
    corpus = open_clips(tmp_path / "x" / "made")
    assert (corpus.name, corpus.splits) == ("puppet-weather", ("train", "test"))
    for split in corpus.splits:
        for read, meant in zip(corpus.split(split), Few().split(split), strict=True):
            assert (read.glosses, read.sentences) == (meant.glosses, meant.sentences)
            assert (read.signer, read.language, read.fps) == (meant.signer, meant.language, meant.fps)
            assert read.video is not None
            assert meant.video is not None
            assert read.video.shape == meant.video.shape
            np.testing.assert_allclose(read.video.mean(), meant.video.mean(), atol=3)
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["made"]  # nothing half-done beside it


def test_a_stopped_writing_leaves_nothing(tmp_path: Path) -> None:
    class Breaks(Few):
        def split(self, name: str) -> Sequence[SignExample]:
            if name == "test":
                raise KeyboardInterrupt
            return super().split(name)

    with pytest.raises(KeyboardInterrupt):
        write_clips(Breaks(), tmp_path / "made", settings={})
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writing_left_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / ".made.partial" / "train").mkdir(parents=True)
    (tmp_path / ".made.partial" / "train" / "000007.mp4").write_bytes(b"half a clip")
    write_clips(Few(), tmp_path / "made", settings={})
    assert [path.name for path in tmp_path.iterdir()] == ["made"]
    assert not list(tmp_path.rglob("000007.mp4"))


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.md").write_text("important")
    with pytest.raises(ValueError, match="holds something; name another"):
        write_clips(Few(), tmp_path, settings={})
    with pytest.raises(ValueError, match="must be a folder that can be made, but"):
        write_clips(Few(), tmp_path / "thesis.md" / "made", settings={})
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.md"]
    (tmp_path / "empty").mkdir()
    write_clips(Few(), tmp_path / "empty", settings={})
    assert (tmp_path / "empty" / "clips.csv").is_file()
