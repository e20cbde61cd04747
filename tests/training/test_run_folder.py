import errno
import os
import resource
import subprocess
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from signlab.training.run_folder import (
    check_whole,
    complete_states,
    new_state,
    one_sentence,
    replace_file,
    step_of,
    sweep,
    write_tensors,
)


def test_the_newest_states_stay_and_are_whole(tmp_path: Path) -> None:
    for step in (2, 3, 5):
        with new_state(tmp_path, step) as folder:
            (folder / "a.txt").write_text(str(step))
    states = complete_states(tmp_path)
    assert [step_of(state) for state in states] == [5, 3]
    for state in states:
        check_whole(state)
        assert (state / "a.txt").read_text() == str(step_of(state))


def test_a_state_is_not_there_until_its_block_has_ended(tmp_path: Path) -> None:
    with new_state(tmp_path, 2):
        assert complete_states(tmp_path) == []
    with pytest.raises(KeyError), new_state(tmp_path, 3):
        raise KeyError
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["step-00000002"]


def test_a_replaced_state_counts_until_the_new_one_is_there(tmp_path: Path) -> None:
    for name in ("step-00000002~", "step-00000002", "step-00000010", ".tmp-00000011", "notes"):
        (tmp_path / "state" / name).mkdir(parents=True)
    names = [state.name for state in complete_states(tmp_path)]
    assert names == ["step-00000010", "step-00000002", "step-00000002~"]


def test_the_sums_are_those_of_sha256sum(tmp_path: Path) -> None:
    with new_state(tmp_path, 2) as folder:
        (folder / "a.txt").write_text("puppet")
    (state,) = complete_states(tmp_path)
    known = subprocess.run(
        ["sha256sum", "a.txt"], cwd=state, capture_output=True, text=True, check=True
    ).stdout
    assert (state / "SHA256SUMS").read_text() == known
    (state / "a.txt").write_text("Puppet")
    with pytest.raises(ValueError, match=r"a\.txt is not as it was written"):
        check_whole(state)


def test_a_failed_replacement_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(temporary: Path) -> None:
        temporary.write_text("half")
        raise OSError(errno.EIO, "broken")

    with pytest.raises(OSError, match="broken"):
        replace_file(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_are_swept_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "state" / ".tmp-00000003" / "inside").mkdir(parents=True)
    (tmp_path / "state" / "step-00000002").mkdir()
    for name in (".tmp-weights.safetensors", "weights.safetensors"):
        (tmp_path / name).write_text("x")
    sweep(tmp_path)
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert left == ["state", "state/step-00000002", "weights.safetensors"]


def test_equal_tensors_make_equal_files(tmp_path: Path) -> None:
    tensors = {"a": torch.arange(3), "b": torch.zeros(2, 5)}
    for name in ("one", "other"):
        write_tensors(tmp_path / name, tensors, about={"step": 3, "version": "1", "buffers": ["a"]})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert torch.equal(load_file(tmp_path / "one")["a"], torch.arange(3))


def test_a_write_that_the_system_refuses_is_an_oserror(tmp_path: Path) -> None:
    """A true refusal: no file of this process may grow beyond 1,000 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            write_tensors(tmp_path / "a", {"a": torch.zeros(997)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.errno == errno.EFBIG


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EACCES, "Permission denied"),
    ],
)
def test_what_failed_why_and_what_is_left(tmp_path: Path, number: int, reason: str) -> None:
    def attempt() -> None:
        with one_sentence(tmp_path, "The log"):
            raise OSError(number, os.strerror(number))

    with pytest.raises(OSError, match=f"^The log could not be written .*: {reason}; no checkpoint had been"):
        attempt()
    with new_state(tmp_path, 7):
        pass
    with pytest.raises(OSError, match="checkpoint, of step 7, is intact") as caught:
        attempt()
    assert caught.value.errno == number
