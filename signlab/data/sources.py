"""One name or path in, one corpus out: what a folder holds is found out by looking. Chapter 2."""

from pathlib import Path
from typing import TYPE_CHECKING

from signlab.data.clips import SUFFIXES, open_clips, table_of
from signlab.data.listing import AnyCorpus
from signlab.data.poses import open_poses, pose_files
from signlab.data.sentences import find_layout, open_sentences
from signlab.data.tracks import open_tracks
from signlab.data.words import NMFS_FRAMES, open_nmfs_csl, open_wlasl, subset_file

if TYPE_CHECKING:
    from signlab.data.puppet.corpus import PuppetConfig

GENERATED = ("puppet-words", "puppet-weather")
LOOKED_FOR = (
    "PHOENIX14T or CSL-Daily (phoenix-2014t_cleaned.train, phoenix14t.pami0.train, csl-daily.train, "
    "PHOENIX-2014-T.train.corpus.csv), WLASL (WLASL_v0.3.json or nslt_100.json), NMFs-CSL (jpg_video_ori), "
    ".pose files, boston104.json, or clips with a table clips.csv"
)
SUBFOLDERS = (
    "annotations/manual",
    "PHOENIX-2014-T/annotations/manual",
    "data/phoenix-2014t",
    "data/csl-daily",
)


def open_corpus(source: str | Path, *, config: "PuppetConfig | None" = None) -> AnyCorpus:
    """A corpus by its name (puppet-words, puppet-weather) or from where it lies.

    Args:
        source: A name, a folder or a file; what is in it is found out by looking.
        config: How puppets are drawn. Filmed clips are brought to its `size`; without one, they stay as
            they were filmed.

    Raises:
        ValueError: If there is nothing, nothing known or something damaged there.
    """
    if str(source) in GENERATED:
        from signlab.data.puppet.corpus import PuppetConfig, PuppetWeather, PuppetWords

        chosen = PuppetWords if str(source) == "puppet-words" else PuppetWeather
        return chosen(config or PuppetConfig())
    path, size = Path(source), config.size if config else None
    if not path.exists():
        raise ValueError(
            f"The data must be {' or '.join(GENERATED)} or a path, but {str(source)!r} is neither; check the spelling."
        )
    return _open_file(path, size) if path.is_file() else _open_folder(path, size)


def _open_file(path: Path, size: int | None) -> AnyCorpus:
    if path.name == "WLASL_v0.3.json":
        return open_wlasl(path.parent, size=size)
    if subset_file(path):
        return open_wlasl(path, size=size)
    if path.suffix == ".json":
        return open_tracks(path)
    if path.name == "clips.csv":
        return open_clips(path.parent, size=size)
    raise ValueError(
        f"{path} is a file that is not known here; looked for: {LOOKED_FOR}; give the folder instead."
    )


def _open_folder(folder: Path, size: int | None) -> AnyCorpus:
    for place in (folder, *(folder / name for name in SUBFOLDERS)):
        if place.is_dir() and find_layout(place):
            return open_sentences(place, size=size)
    if (folder / "WLASL_v0.3.json").is_file() or subset_file(folder):
        return open_wlasl(folder, size=size)
    if (folder / NMFS_FRAMES).is_dir():
        return open_nmfs_csl(folder, size=size)
    if (folder / "boston104.json").is_file():
        return open_tracks(folder / "boston104.json")
    if pose_files(folder):
        return open_poses(folder)
    if table_of(folder) or any(
        path.suffix.lower() in SUFFIXES for path in folder.glob("*") if path.is_file()
    ):
        return open_clips(folder, size=size)
    found = sorted(path.name for path in folder.iterdir())
    shown = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
    raise ValueError(
        f"{folder} holds no corpus that is known here; looked for: {LOOKED_FOR}; found: {shown or 'nothing'}."
    )
