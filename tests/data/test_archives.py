"""Archives: what they hold comes out, and nothing else happens."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from signlab.data.archives import Most, is_archive, unpack


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, members: list[tarfile.TarInfo], content: bytes = b"x") -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            member.size = len(content) if member.isreg() else 0
            archive.addfile(member, io.BytesIO(content) if member.isreg() else None)
    return path


def test_files_come_out_as_they_went_in(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"bo/one.txt": b"one", "bo/deep/two.bin": b"\0\1"})
    made = unpack(archive, tmp_path / "out")
    assert [file.relative_to(tmp_path / "out").as_posix() for file in made] == [
        "bo/one.txt",
        "bo/deep/two.bin",
    ]
    assert made[1].read_bytes() == b"\0\1"
    tar = tarred(tmp_path / "a.tar.gz", [tarfile.TarInfo("bo/one.txt")], b"one")
    assert unpack(tar, tmp_path / "other")[0].read_bytes() == b"one"
    assert is_archive(tar)
    assert not is_archive(tmp_path / "a.txt")


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/evil", "C:\\evil", "..\\evil", "\\\\host\\evil", ".", "a/.."]
)
def test_names_outside_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="must unpack into its own folder"):
        unpack(tarred(tmp_path / "a.tar.gz", [tarfile.TarInfo(name)]), tmp_path / "out")
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("link")
    member.type, member.linkname = kind, "/etc/passwd"
    with pytest.raises(ValueError, match="must hold plain files"):
        unpack(tarred(tmp_path / "a.tar.gz", [member]), tmp_path / "out")


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    about = zipfile.ZipInfo("link")
    about.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(about, "/etc/passwd")
    with pytest.raises(ValueError, match="is a link"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def test_a_file_does_not_go_through_a_link_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "away").mkdir()
    (tmp_path / "out" / "bo").symlink_to(tmp_path / "away")
    with pytest.raises(ValueError, match="must unpack into its own folder"):
        unpack(zipped(tmp_path / "a.zip", {"bo/one.txt": b"one"}), tmp_path / "out")
    assert not list((tmp_path / "away").iterdir())


def test_a_bomb_is_stopped_while_it_goes_off(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"zeros": bytes(50_000_000)})
    assert archive.stat().st_size < 100_000
    with pytest.raises(ValueError, match="unpacks to more than it may"):
        unpack(archive, tmp_path / "out", most=Most(bytes=5_000_000))
    assert (tmp_path / "out" / "zeros").stat().st_size <= 5_000_000
    many = zipped(tmp_path / "b.zip", {f"{number}": b"" for number in range(20)})
    with pytest.raises(ValueError, match="at most 10 files"):
        unpack(many, tmp_path / "many", most=Most(files=10))


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    tar = tarred(tmp_path / "a.tar.gz", [tarfile.TarInfo("one"), tarfile.TarInfo("one")])
    with pytest.raises(ValueError, match="must hold each file once"):
        unpack(tar, tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"nonsense" * 100])
@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.rar"])
def test_what_is_none_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=r"must be a whole archive|must end in"):
        unpack(tmp_path / name, tmp_path / "out")
