"""The command line as the tests call it, and clips for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from signlab.__main__ import main
from signlab.data import video

SHORT = ("--preset", "smoke", "--set", "steps=2", "--set", "warmup_steps=1")
SMALL = ("--corpus", "size=32")


class Told(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Told]


def caller(capsys: pytest.CaptureFixture[str]) -> Run:
    """`signlab("data", "check", path)`: run a command; it must not raise."""

    def run(*arguments: Any) -> Told:
        capsys.readouterr()
        try:
            code = main([str(one) for one in arguments])
        except SystemExit as end:  # argparse's own way out
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return Told(code, str(out), str(err))

    return run


def sentence_of(told: Told) -> str:
    """The one sentence of a refusal: exit code 2, one line, nothing on stdout."""
    assert (told.code, told.out) == (2, "")
    assert told.err.count("\n") == 1
    assert told.err.startswith("signlab")
    assert told.err.endswith((".\n", "?\n"))
    return told.err


def filmed(folder: Path, header: str, cells: list[str]) -> Path:
    """A folder of clips, six frames of 32 x 32 noise each, two to train and one each to choose and to test by."""
    generator = np.random.default_rng(0)
    rows = [f"path,split,signer,{header}"]
    for index, (split, cell) in enumerate(zip(("train", "train", "valid", "test"), cells, strict=True)):
        video.write_mp4(folder / f"{index}.mp4", generator.integers(0, 255, (6, 32, 32, 3)).astype(np.uint8))
        rows.append(f"{index}.mp4,{split},me,{cell}")
    (folder / "clips.csv").write_text("\n".join(rows) + "\n")
    return folder
