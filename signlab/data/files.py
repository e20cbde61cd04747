"""Where the files that come with the project are, in a checkout and in an installed wheel. Chapter 2."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
PLACES = (PACKAGE.parent / "data", PACKAGE / "_data")  # a checkout's, and a wheel's


def shipped(*parts: str) -> Path:
    """The path of a file or folder of the project's own data, such as ``shipped("puppet", "lexicon.yaml")``.

    Raises:
        ValueError: If it is not there.
    """
    for place in PLACES:
        if (place / "puppet").is_dir() and place.joinpath(*parts).exists():
            return place.joinpath(*parts)
    name = "/".join(parts)
    raise ValueError(
        f"The project's data must hold {name}, but it is in none of the places looked at "
        f"({', '.join(str(place) for place in PLACES)}); install signlab again, or check out the whole project."
    )
