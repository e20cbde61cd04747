"""Whatever is in a file, a reader gives what it holds or one clear sentence, and nothing else."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch
from handed_in import a_class, hand_in, ledger_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from signlab.assignment.reader import read_assignment, ready
from signlab.assignment.submission import LEDGER, NOTEBOOK, read_submission
from signlab.data.archives import unpack
from signlab.data.frames import read_picture
from signlab.data.safe_pickle import RefusedPickleError, load_pickle
from signlab.data.tables import read_table
from signlab.data.video import read_video, write_mp4
from signlab.production import presets
from signlab.production.train_autoencoder import AutoencoderTrainingConfig
from signlab.study.ledger import from_line, to_line
from signlab.training import override
from signlab.training.config import from_dict
from signlab.training.weights import read_weights
from signlab.translation.presets import translation

CLEAR = (ValueError, RefusedPickleError)


def often(number: int) -> Callable[..., Any]:
    """So many examples, the same on every machine."""
    return settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@st.composite
def spoilt(draw: st.DrawFn, whole: bytes) -> bytes:
    """A file in which some bytes are changed, missing, doubled or new; or the beginning of one; or anything."""
    kind = draw(st.sampled_from(["change", "change", "change", "cut", "anything"]))
    if kind == "anything":
        return draw(st.binary(max_size=300))
    if kind == "cut":
        return whole[: draw(st.integers(0, len(whole)))]
    found = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        at, what = draw(st.integers(0, max(0, len(found) - 1))), draw(st.integers(0, 3))
        piece = draw(st.binary(min_size=1, max_size=8))
        if what == 0:
            found[at : at + len(piece)] = piece
        elif what == 1:
            del found[at : at + draw(st.integers(1, 40))]
        elif what == 2:
            found[at:at] = piece
        else:
            found[at:at] = found[at : at + 30]
    return bytes(found)


def refusal_of(read: Callable[[], object]) -> Exception | None:
    """What it raises, if anything."""
    try:
        read()
    except Exception as error:
        return error
    return None


def clearly(read: Callable[[], object]) -> None:
    """It reads, or refuses in one sentence."""
    error = refusal_of(read)
    if error is not None:
        assert type(error) in CLEAR, repr(error)
        assert 10 < len(str(error)) < 1_500, str(error)
        assert "Traceback" not in str(error)


def of_bytes(read: Callable[[Path], object], content: bytes, name: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        clearly(lambda: read(path))


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    return hand_in(a_class(folder), folder, "Bo")


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    klass = a_class(tmp_path_factory.mktemp("class"))
    return to_line(ledger_of(klass, klass.students[0])[0]).encode()


@often(400)
@given(data=st.data())
def test_lines_of_a_ledger(line: bytes, data: st.DataObject) -> None:
    text = data.draw(spoilt(line)).decode(errors="replace")
    error = refusal_of(lambda: from_line(text))
    assert error is None or (type(error) is ValueError and str(error)), repr(error)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=12), inside, max_size=3),
    max_leaves=6,
)
FIELDS = [
    "steps",
    "model",
    "learning_rate",
    "batch_size",
    "precision",
    "adversarial",
    "seed",
    "distance",
    "perception",
]


@often(300)
@given(values=st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), VALUES, max_size=4))
def test_configurations(values: dict[str, Any]) -> None:
    clearly(lambda: from_dict(AutoencoderTrainingConfig, values))


NAMES = [
    "steps",
    "model.dim",
    "model.latent.attention",
    "objective.annealing.kind",
    "model",
    "learning_rate",
    "slow",
]


@often(300)
@given(
    settings_=st.lists(
        st.builds("{}={}".format, st.sampled_from(NAMES) | st.text(max_size=8), st.text(max_size=8))
        | st.text(max_size=20),
        max_size=3,
    )
)
def test_settings_of_the_command_line(settings_: list[str]) -> None:
    clearly(lambda: override(translation("smoke"), settings_))
    clearly(lambda: override(presets.autoencoder("smoke"), settings_))


@often(250)
@given(data=st.data())
def test_assignments(data: st.DataObject) -> None:
    whole = ready()["codebook-size"].read_bytes()
    of_bytes(read_assignment, data.draw(spoilt(whole)), "own.yaml")


@often(300)
@given(data=st.data(), protocol=st.sampled_from([0, 2, 4]))
def test_pickles(data: st.DataObject, protocol: int) -> None:
    record = {"name": "a", "sign": np.arange(6.0).reshape(2, 3), "text": ["b", None, 1.5], 3: (True, b"c")}
    of_bytes(load_pickle, data.draw(spoilt(pickle.dumps(record, protocol=protocol))), "a.pkl")


@often(200)
@given(data=st.data())
def test_weights(data: st.DataObject) -> None:
    whole = save(
        {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(3)},
        metadata={"about": json.dumps({"step": 3})},
    )
    of_bytes(lambda path: read_weights(path.parent), data.draw(spoilt(whole)), "weights.safetensors")


@often(200)
@given(data=st.data())
def test_tables(data: st.DataObject) -> None:
    whole = b'path|gloss|split\na.mp4|RAIN|train\n"b|c.mp4"|SUN|valid\n'
    of_bytes(lambda path: read_table(path, needed=("path",)), data.draw(spoilt(whole)), "a.csv")


@often(200)
@given(data=st.data())
def test_students_folders(handed: Path, data: st.DataObject) -> None:
    notebook, ledger = (handed / name for name in (NOTEBOOK, LEDGER))
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / NOTEBOOK).write_bytes(data.draw(spoilt(notebook.read_bytes())))
        (folder / LEDGER).write_bytes(data.draw(spoilt(ledger.read_bytes()[:3_000])))
        found = read_submission(folder, "Bo")  # never raises
    assert all(isinstance(problem, str) and problem for problem in found.problems)


@often(120)
@given(data=st.data())
def test_archives(data: st.DataObject) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bo/a.txt", "rain " * 40)
        archive.writestr("bo/b.txt", "sun")
    of_bytes(lambda path: unpack(path, path.parent / "out"), data.draw(spoilt(written.getvalue())), "a.zip")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("film") / "a.mp4"
    write_mp4(path, np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8))
    return path.read_bytes()


@often(60)
@given(data=st.data())
def test_films(film: bytes, data: st.DataObject) -> None:
    of_bytes(read_video, data.draw(spoilt(film)), "a.mp4")


@often(80)
@given(data=st.data())
def test_pictures(data: st.DataObject) -> None:
    import cv2

    whole = cv2.imencode(".png", np.arange(192, dtype=np.uint8).reshape(8, 8, 3))[1].tobytes()
    of_bytes(read_picture, data.draw(spoilt(whole)), "a.png")
