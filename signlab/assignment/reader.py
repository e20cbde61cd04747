"""Assignments as files that people write, ten lines each. Chapter 10."""

from pathlib import Path

from signlab.assignment.design import RUBRIC, Assignment, Criterion
from signlab.assignment.kinds import KINDS, Kind, find_kind
from signlab.data.files import shipped
from signlab.data.puppet.checked_yaml import Checked, read_yaml
from signlab.study.design import Level, Study

REQUIRED = ("question", "kind", "factor", "levels", "reference", "metrics", "smallest", "answer")
OPTIONAL = ("claim", "seeds", "minutes", "settings", "rubric")
LARGEST_FILE = 100_000  # bytes


def ready() -> dict[str, Path]:
    """The assignments that come with the project, by name."""
    return {path.stem: path for path in sorted(shipped("assignments").glob("*.yaml"))}


def path_of(name: str | Path) -> Path:
    """The file of an assignment: of one that is ready, by its name, or one's own.

    Raises:
        ValueError: If it is neither.
    """
    known = ready()
    if str(name) in known:
        return known[str(name)]
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        raise ValueError(
            f"An assignment must be one of {', '.join(known)}, or a .yaml file of your own, but got {str(name)!r}."
        )
    return path


def read_assignment(path: Path, *, name: str = "") -> Assignment:
    """An assignment from its file.

    Args:
        path: A .yaml file.
        name: What it is called; "" = as the file.

    Raises:
        ValueError: Naming file, line and what must stand there, if something is wrong.
    """
    if path.is_file() and path.stat().st_size > LARGEST_FILE:
        raise ValueError(
            f"An assignment must be a file of at most {LARGEST_FILE:,} bytes, but {path} has more."
        )
    whole = read_yaml(path)
    fields = whole.fields("an assignment", REQUIRED, OPTIONAL)
    kind_name = fields["kind"].choice("kind", tuple(KINDS))
    kind = find_kind(kind_name)
    try:
        study = Study(
            name=name or path.stem,
            question=fields["question"].text(),
            factor=fields["factor"].text(),
            levels=tuple(_level(name, value) for name, value in fields["levels"].entries("level").items()),
            reference=fields["reference"].text(),
            seeds=tuple(range(_whole(fields["seeds"]) if "seeds" in fields else 5)),
            metrics=tuple(kind.metric(name) for name in fields["metrics"].texts()),
            answer=fields["answer"].text(),
            smallest=fields["smallest"].number(),
            common=_common(kind, fields["settings"].texts() if "settings" in fields else ()),
        )
        return Assignment(
            study=study,
            kind=kind_name,
            claim=fields["claim"].text() if "claim" in fields else "",
            minutes=fields["minutes"].number() if "minutes" in fields else 15.0,
            rubric=tuple(map(_criterion, fields["rubric"].items())) if "rubric" in fields else RUBRIC,
        )
    except ValueError as error:
        if str(error).startswith(f"{path.name}:"):
            raise
        raise whole.refuse(str(error)) from error


def _common(kind: Kind, settings: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the kind, but for fields that the file sets, then the file's."""
    fields = {setting.partition("=")[0].strip() for setting in settings}
    return (*(one for one in kind.common if one.partition("=")[0] not in fields), *settings)


def _level(name: str, value: Checked) -> Level:
    """A level: its settings, or settings, a note and a value."""
    if not value.is_mapping:
        return Level(name=name, settings=_settings(value))
    fields = value.fields("a level", (), ("settings", "note", "value"))
    return Level(
        name=name,
        settings=_settings(fields["settings"]) if "settings" in fields else (),
        note=fields["note"].text() if "note" in fields else "",
        value=fields["value"].real() if "value" in fields else None,
    )


def _settings(value: Checked) -> tuple[str, ...]:
    return () if value.is_text and not value.text() else value.texts()


def _criterion(value: Checked) -> Criterion:
    fields = value.fields("a line of the rubric", ("name", "points", "words"), ("by",))
    by = fields["by"].choice("marker", ("instructor", "grade")) if "by" in fields else "instructor"
    return Criterion(fields["name"].text(), fields["points"].number(), fields["words"].text(), by)


def _whole(value: Checked) -> int:
    if not value.number().is_integer():
        raise value.refuse(f"a whole number must stand here, but got {value.text()!r}.")
    return int(value.number())
