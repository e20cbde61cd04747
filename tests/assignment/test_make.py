"""Handing out: a folder each, nothing that is there is touched, and names that cannot be folders are refused."""

from pathlib import Path

import pytest
from handed_in import a_class

from signlab.assignment.make import folder_name, make_assignment, read_class, read_class_file


def test_everybody_gets_a_folder_and_the_secret_stays(tmp_path: Path) -> None:
    klass = a_class(tmp_path)
    folders = sorted((tmp_path / "made" / "hand-out").iterdir())
    assert [folder.name for folder in folders] == ["ada", "bo", "cleo"]
    for folder in folders:
        assert sorted(file.name for file in folder.iterdir()) == [
            "assignment.ipynb",
            "assignment.yaml",
            "task.json",
        ]
        assert not any("a secret" in file.read_text() for file in folder.iterdir())
    assert read_class_file(tmp_path / "made") == klass


def test_students_who_come_later_are_added_and_the_others_left_alone(tmp_path: Path) -> None:
    before = a_class(tmp_path)
    written = tmp_path / "made" / "hand-out" / "bo" / "assignment.ipynb"
    written.write_text("Bo has begun to work")
    after = make_assignment("codebook-size", ["Bo", "Dara"], tmp_path / "made")
    assert after.students[:3] == before.students
    assert after.students[3].student == "Dara"
    assert after.secret == "a secret"
    assert written.read_text() == "Bo has begun to work"


def test_another_assignment_does_not_go_into_the_same_folder(tmp_path: Path) -> None:
    a_class(tmp_path)
    with pytest.raises(ValueError, match="must hold one assignment, but holds 'codebook-size'"):
        make_assignment("critics", ["Bo"], tmp_path / "made")
    with pytest.raises(ValueError, match="another secret"):
        make_assignment("codebook-size", ["Bo"], tmp_path / "made", secret="other")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["../Bo"], "must be letters, digits"),
        (["=cmd()"], "must be letters, digits"),
        (["Bo", "bo."], "must differ in their letters and digits"),
        (["B" * 65], "64 at most"),
        ([], "1 to 2,000 students, but got 0"),
    ],
)
def test_names_that_cannot_be_are_refused(tmp_path: Path, names: list[str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make_assignment("codebook-size", names, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_names_become_folders_everywhere() -> None:
    assert folder_name("Émile O'Hara") == "emile-o-hara"
    assert folder_name("李雷") != folder_name("韩梅梅")
    assert folder_name("李雷").startswith("student-")


def test_class_lists(tmp_path: Path) -> None:
    file = tmp_path / "class.csv"
    file.write_text("\ufeff# spring\nAda\n\nBo\n", encoding="utf-8")
    assert read_class(file) == ["Ada", "Bo"]
    file.write_text('mail,Student\na@b,"Ada, Countess"\nc@d,Bo\n')
    assert read_class(file) == ["Ada, Countess", "Bo"]
    file.write_text("a,b\nc,d\n")
    with pytest.raises(ValueError, match=r"must have a column 'student', but .* has a, b"):
        read_class(file)
    file.write_text("\n")
    with pytest.raises(ValueError, match="is empty"):
        read_class(file)
    with pytest.raises(ValueError, match="that can be read"):
        read_class(tmp_path / "none.csv")
