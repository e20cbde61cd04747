from pathlib import Path

import pytest

from signlab.data.puppet.checked_yaml import Checked, edited_at, nearest, read_yaml


def read(folder: Path, text: str) -> Checked:
    path = folder / "some.yaml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path)


def test_values_stay_as_written(tmp_path: Path) -> None:
    entries = read(tmp_path, "NO: off\n07: 1e3\nlist: [a, 'b']\n").entries("key")
    assert list(entries) == ["NO", "07", "list"]
    assert entries["NO"].text() == "off"
    assert entries["07"].number() == 1000
    assert entries["list"].texts() == ("a", "b")
    assert entries["NO"].texts() == ("off",)


def test_every_value_knows_its_line(tmp_path: Path) -> None:
    entries = read(tmp_path, "a: 1\nb:\n  c: 2\n  d: [x,\n      y]\n").entries("key")
    inner = entries["b"].entries("key")
    assert entries["a"].where == "some.yaml:1"
    assert inner["c"].where == "some.yaml:3"
    assert inner["d"].items()[1].where == "some.yaml:5"


def test_the_nearest_value_ignores_case() -> None:
    assert nearest("Rian", ("SNOW", "RAIN")) == "did you mean 'RAIN'?"
    assert nearest("qqq", ("SNOW", "RAIN")) == "choose one of SNOW, RAIN."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: -1", r"some.yaml:1: a number of at least 0 must stand here, but got '-1'"),
        ("a: nan", r"some.yaml:1: a number must stand here, but got 'nan'"),
        ("\na: b", r"some.yaml:2: a number must stand here, but got 'b'"),
    ],
)
def test_a_wrong_number_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(tmp_path, text).entries("key")["a"].number()


def test_a_list_and_a_mapping_are_asked_for(tmp_path: Path) -> None:
    value = read(tmp_path, "a: b").entries("key")["a"]
    with pytest.raises(ValueError, match="a list must stand here"):
        value.items()
    with pytest.raises(ValueError, match="a mapping must stand here"):
        value.entries("key")
    with pytest.raises(ValueError, match="there is no colour 'b'; choose one of red"):
        value.choice("colour", ("red",))


def test_writing_moves_the_time(tmp_path: Path) -> None:
    path = tmp_path / "some.yaml"
    assert edited_at(path) == 0
    read(tmp_path, "a: b")
    assert edited_at(path) > 0
