"""Tables whatever their separator, and mistakes named with their line."""

from pathlib import Path

import pytest

from signlab.data.tables import read_table


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_header_tells_the_separator(tmp_path: Path, separator: str) -> None:
    text = "Path| gloss |text\na.mp4|RAIN|es regnet\n\nb.mp4||schön\n".replace("|", separator)
    first, second = read_table(table(tmp_path, text), needed=("path",))
    assert first.cells == {"path": "a.mp4", "gloss": "RAIN", "text": "es regnet"}
    assert second.cells["text"] == "schön"
    assert second.where.endswith("table.csv:4")


def test_a_mark_at_the_front_and_quotes(tmp_path: Path) -> None:
    (row,) = read_table(table(tmp_path, '\ufeffpath,text\na.mp4,"rain, then sun"\n'))
    assert row.cells == {"path": "a.mp4", "text": "rain, then sun"}


def test_between_bars_a_quote_is_a_letter(tmp_path: Path) -> None:
    (row,) = read_table(table(tmp_path, 'name|text\na|"so\n'))
    assert row.cells["text"] == '"so'


def test_mistakes_are_named_with_their_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"table\.csv:3: a row must have 2 cells .* has 3"):
        read_table(table(tmp_path, "path,text\na,b\na,b,c\n"))
    with pytest.raises(ValueError, match=r"columns path, but its first line has name, text"):
        read_table(table(tmp_path, "name,text\n"), needed=("path",))
    with pytest.raises(ValueError, match="but its first line has nothing"):
        read_table(table(tmp_path, ""), needed=("path",))
    (tmp_path / "table.csv").write_bytes(b"path,text\n\xff\xfe\x00,b\n")
    with pytest.raises(ValueError, match=r"table\.csv must be a table in UTF-8"):
        read_table(tmp_path / "table.csv")
