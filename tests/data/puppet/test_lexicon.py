import os
import time
from collections import Counter
from pathlib import Path

import pytest

from signlab.data.puppet.lexicon import MinimalPair, load_lexicon, minimal_pairs, parameters_of
from signlab.data.puppet.phonology import NON_MANUAL, PARAMETERS, Sign

FIST = "handshape: fist, location: chin, movement: tap, orientation: side"


def write(folder: Path, *lines: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_shipped_lexicon_uses_every_value_of_every_parameter() -> None:
    lexicon = load_lexicon()
    assert 110 <= len(lexicon) <= 140
    for name, values in PARAMETERS.items():
        assert {getattr(sign, name) for sign in lexicon.values()} == set(values), name
    assert all(gloss == sign.gloss for gloss, sign in lexicon.items())


def test_no_two_signs_look_the_same() -> None:
    lexicon = load_lexicon()
    assert len({parameters_of(sign) for sign in lexicon.values()}) == len(lexicon)


def test_every_parameter_has_minimal_pairs_and_non_manuals_have_twenty() -> None:
    counted = Counter(pair.parameter for pair in minimal_pairs(load_lexicon()))
    assert set(counted) == {name for name in PARAMETERS if name not in NON_MANUAL} | {"non-manual"}
    assert min(counted.values()) >= 2
    assert counted["non-manual"] >= 20


def test_minimal_pairs_by_hand() -> None:
    one = Sign(gloss="ONE", handshape="fist", location="chin", movement="tap", orientation="side")
    two = Sign(gloss="TWO", handshape="flat", location="chin", movement="tap", orientation="side")
    three = Sign(
        gloss="THREE", handshape="flat", location="chin", movement="tap", orientation="side",
        brows="raised", head="nod",
    )  # fmt: skip
    four = Sign(gloss="FOUR", handshape="claw", location="nose", movement="tap", orientation="side")
    assert minimal_pairs({sign.gloss: sign for sign in (one, two, three, four)}) == [
        MinimalPair("ONE", "TWO", "handshape"),
        MinimalPair("TWO", "THREE", "non-manual"),
    ]


def test_what_is_left_out_is_the_neutral_value(tmp_path: Path) -> None:
    sign = load_lexicon(write(tmp_path, "# a comment", f"NO: {{{FIST}}}"))["NO"]
    assert parameters_of(sign) == (
        "fist",
        "chin",
        "tap",
        "side",
        "one",
        "neutral",
        "open",
        "neutral",
        "still",
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((f"A: {{{FIST}}}", "", f"B: {{{FIST}, hands: symetric}}"), r"mine.yaml:3: there is no hands 'symetric'; did you mean 'symmetric'"),
        (("A: {handshape: fits, location: chin, movement: tap, orientation: up}",), r"mine.yaml:1: there is no handshape 'fits'; did you mean 'fist'"),
        (("A: {handshape: xyzzy, location: chin, movement: tap, orientation: up}",), r"no handshape 'xyzzy'; choose one of fist, flat"),
        ((f"A: {{{FIST}, hand: one}}",), r"mine.yaml:1: there is no field of the sign A 'hand'; did you mean 'hand"),
        (("A:", "  handshape: fist", "  location: chin", "  movement: tap"), r"mine.yaml:2: the sign A must have the field 'orientation'"),
        ((f"A: {{{FIST}}}", f"B: {{{FIST}, head: nod}}", f"A: {{{FIST}, head: tilt}}"), r"mine.yaml:3: the gloss 'A' is already defined at mine.yaml:1"),
        ((f"A: {{{FIST}}}", f"B: {{{FIST}}}"), r"mine.yaml:2: B must differ from A"),
        ((f"rain: {{{FIST}}}",), r"mine.yaml:1: a gloss must be one word in capitals, but got 'rain'"),
        (("A: fist",), r"mine.yaml:1: a mapping must stand here"),
        (("A: {handshape: [fist], location: chin, movement: tap, orientation: up}",), r"mine.yaml:1: a single value"),
        (("A: {handshape: fist",), r"mine.yaml:\d: this is no YAML"),
        (("# nothing",), r"mine.yaml must have entries, but it is empty"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, lines: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_lexicon(write(tmp_path, *lines))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere.yaml must exist"):
        load_lexicon(tmp_path / "nowhere.yaml")


def test_the_returned_lexicon_is_the_readers_own() -> None:
    first = load_lexicon()
    first.clear()
    assert load_lexicon()


def test_an_edited_file_is_read_anew(tmp_path: Path) -> None:
    assert set(load_lexicon(write(tmp_path, f"A: {{{FIST}}}"))) == {"A"}
    path = write(tmp_path, f"B: {{{FIST}}}")
    os.utime(path, ns=(1, 1))
    assert set(load_lexicon(path)) == {"B"}


def test_reading_again_is_quick() -> None:
    load_lexicon()
    start = time.process_time()
    for _ in range(100):
        load_lexicon()
    assert time.process_time() - start < 1.0
