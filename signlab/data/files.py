"""Where the project's own data lies: in a checkout, or inside the installed package. Chapter 2."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def data_folder() -> Path:
    """The project's data: ``signlab/_data`` in an installed package, ``data`` beside it in a checkout."""
    installed = _PACKAGE / "_data"
    return installed if installed.is_dir() else _PACKAGE.parent / "data"


def shipped(*parts: str) -> Path:
    """A file or folder that comes with the project, e.g. ``shipped("puppet", "lexicon.yaml")``.

    Raises:
        ValueError: If it is not there, because the installation is incomplete or the name is wrong.
    """
    path = data_folder().joinpath(*parts)
    if not path.exists():
        raise ValueError(
            f"{'/'.join(parts)} must be among the project's data, but {path} does not exist; "
            "check the name, or install signlab again from a complete checkout."
        )
    return path
