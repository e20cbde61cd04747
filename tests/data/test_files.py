"""The project's own data is found in a checkout and in an installed package."""

import pytest

from signlab.data import files
from signlab.data.files import data_folder, shipped


def test_the_checkout_has_the_lexicon() -> None:
    assert shipped("puppet", "lexicon.yaml").is_file()
    assert shipped("puppet") == data_folder() / "puppet"


def test_an_installed_package_looks_inside_itself(tmp_path, monkeypatch) -> None:
    (tmp_path / "signlab" / "_data").mkdir(parents=True)
    (tmp_path / "signlab" / "_data" / "a.txt").write_text("inside")
    (tmp_path / "data").mkdir()  # somebody else's, beside the package
    monkeypatch.setattr(files, "_PACKAGE", tmp_path / "signlab")
    assert shipped("a.txt").read_text() == "inside"


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match=r"puppet/lexikon\.yaml must be among .*install signlab again"):
        shipped("puppet", "lexikon.yaml")
