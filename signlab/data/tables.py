"""Tables of text with a header, separated by commas, semicolons, tabs or bars; every row knows its line. Chapter 2."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

SEPARATORS = "|\t;,"


class Row(NamedTuple):
    """One row of a table."""

    where: str  # "file:line"
    cells: dict[str, str]  # by the names in the header, lower-case


def read_table(path: Path, *, needed: Sequence[str] = ()) -> list[Row]:
    """All rows of a table; the separator is the one of the header.

    Args:
        path: A text file in UTF-8.
        needed: Columns without which it cannot be used.

    Raises:
        ValueError: If the file cannot be read, is no table, lacks a column or has a row of another length.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} must be a table in UTF-8, but it cannot be read ({error}).") from error
    head = text.partition("\n")[0]
    separator = max(SEPARATORS, key=head.count)
    quoting = csv.QUOTE_NONE if separator == "|" else csv.QUOTE_MINIMAL  # PHOENIX14T quotes nothing
    reader = csv.reader(text.splitlines(), delimiter=separator, quoting=quoting)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in needed if name not in header]
        if not header or missing:
            raise ValueError(
                f"{path} must be a table with the columns {', '.join(needed) or 'that its header names'}, but its first "
                f"line has {', '.join(header) or 'nothing'}; give it a header line."
            )
        rows = []
        for cells in reader:
            if len(cells) not in (0, len(header)):
                raise ValueError(
                    f"{path}:{reader.line_num}: a row must have {len(header)} cells as the header has, "
                    f"but has {len(cells)}; put quotes around a text with {separator!r} in it."
                )
            if cells:
                pairs = zip(header, (cell.strip() for cell in cells), strict=True)
                rows.append(Row(where=f"{path}:{reader.line_num}", cells=dict(pairs)))
    except csv.Error as error:
        raise ValueError(f"{path}:{reader.line_num}: must be a row of a table, but {error}.") from error
    return rows
