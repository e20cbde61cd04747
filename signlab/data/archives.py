"""Archives that somebody else has made, unpacked without leaving the folder, following links or filling the disk. Chapter 2."""

import stat
import tarfile
import zipfile
from collections.abc import Generator
from contextlib import closing
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, NamedTuple

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")
CHUNK = 1 << 20  # bytes read at a time


class Most(NamedTuple):
    """What an archive may unpack to."""

    files: int = 1_000
    bytes: int = 200_000_000  # of all files together


class _Member(NamedTuple):
    """A file in an archive."""

    name: str
    size: int  # bytes, as the archive says
    opened: IO[bytes]


def unpack(archive: Path, into: Path, *, most: Most | None = None) -> list[Path]:
    """Unpack a zip or tar archive into a folder.

    Names are checked, sizes are counted while they are read and not believed, and what is no plain file is refused.

    Args:
        archive: A .zip, .tar, .tar.gz or .tgz.
        into: Folder, made if it is not there; files that are there are not replaced.
        most: What it may unpack to.

    Returns:
        The files.

    Raises:
        ValueError: If it is no archive, or holds a name outside the folder, a link, a name twice, or too much.
    """
    most, made, total = most or Most(), [], 0
    into.mkdir(parents=True, exist_ok=True)
    root = into.resolve()
    try:
        with closing(_members(archive)) as members:
            for member in members:
                if len(made) == most.files:
                    raise ValueError(
                        f"{archive.name} must hold at most {most.files:,} files, but holds more."
                    )
                path = _inside(root, member.name, archive)
                path.parent.mkdir(parents=True, exist_ok=True)
                total += _copy(member, path, archive, most.bytes - total)
                made.append(path)
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise ValueError(
            f"{archive.name} must be a whole archive, but is damaged or none ({error})."
        ) from error
    return made


def is_archive(path: Path) -> bool:
    """Whether a file is called like an archive that `unpack` knows."""
    return path.name.lower().endswith(SUFFIXES)


def _members(archive: Path) -> Generator[_Member, None, None]:
    """The files of an archive, one after the other; links and devices are refused."""
    if archive.name.lower().endswith(".zip"):
        with zipfile.ZipFile(archive) as opened:
            for about in opened.infolist():
                kind = stat.S_IFMT(about.external_attr >> 16)
                if about.is_dir():
                    continue
                if kind not in (0, stat.S_IFREG):
                    raise ValueError(
                        f"{archive.name} must hold plain files, but {about.filename[:80]!r} is a link."
                    )
                with opened.open(about) as file:
                    yield _Member(about.filename, about.file_size, file)
    elif is_archive(archive):
        with tarfile.open(archive) as opened:
            for about in opened:
                if about.isdir():
                    continue
                file = opened.extractfile(about) if about.isreg() else None
                if file is None:
                    raise ValueError(
                        f"{archive.name} must hold plain files, but {about.name[:80]!r} is none."
                    )
                with file:
                    yield _Member(about.name, about.size, file)
    else:
        raise ValueError(f"An archive must end in {', '.join(SUFFIXES)}, but got {archive.name!r}.")


def _inside(root: Path, name: str, archive: Path) -> Path:
    """Where a file goes.

    Raises:
        ValueError: If that is outside the folder, or no name that a file can have everywhere.
    """
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    parts = posix.parts
    safe = not posix.is_absolute() and not windows.drive and not windows.root and "\\" not in name
    path = root.joinpath(*parts) if safe and parts and "\0" not in name else root
    if ".." in parts or path == root or not path.parent.resolve().is_relative_to(root):
        raise ValueError(f"{archive.name} must unpack into its own folder, but holds {name[:80]!r}.")
    return path


def _copy(member: _Member, path: Path, archive: Path, left: int) -> int:
    """Write a file and say how large it was.

    Raises:
        ValueError: If it is larger than what is left, or there already.
    """
    written = 0
    try:
        with path.open("xb") as file:
            while chunk := member.opened.read(CHUNK):
                written += len(chunk)
                if written > left:
                    raise ValueError(
                        f"{archive.name} unpacks to more than it may; hand in what was made, no more."
                    )
                file.write(chunk)
    except FileExistsError:
        raise ValueError(
            f"{archive.name} must hold each file once, but {member.name[:80]!r} is there twice."
        ) from None
    return written
