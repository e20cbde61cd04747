from collections import Counter

import numpy as np
import pytest

from signlab.data.puppet.tables import Entry, Frame, Table, Token, Words, cumulated, spell_out

RAIN = Words(variants={"normal": (("regen", "regen", "regen"),)}, frames={})


def entry(key: str, *flags: str) -> Entry:
    return Entry(key=key, glosses=("RAIN",), words={"de": RAIN}, flags=frozenset(flags))


def test_alternations_by_hand() -> None:
    assert spell_out("kein<|en|em> regen", 3) == ("kein regen", "keinen regen", "keinem regen")
    assert spell_out("leicht<e|e|en> schauer<||n>", 3) == (
        "leichte schauer",
        "leichte schauer",
        "leichten schauern",
    )
    assert spell_out("regen", 2) == ("regen", "regen")
    with pytest.raises(IndexError):
        spell_out("kein<|en>", 3)


def test_zipf_by_hand() -> None:
    table = Table.of({"a": entry("a"), "b": entry("b"), "c": entry("c")}, exponent=1.0, shift=0.0)
    assert table.cumulative == pytest.approx((6 / 11, 9 / 11, 1.0))


def test_a_flag_restricts_the_keys_but_keeps_the_ranks() -> None:
    rows = {"a": entry("a", "dangerous"), "b": entry("b"), "c": entry("c", "dangerous")}
    table = Table.of(rows, exponent=1.0, shift=0.0, only="dangerous")
    assert table.keys == ("a", "c")
    assert table.cumulative == pytest.approx((3 / 4, 1.0))


def test_draws_follow_the_weights() -> None:
    table = Table.of({"a": entry("a"), "b": entry("b"), "c": entry("c")}, exponent=1.0, shift=0.0)
    generator = np.random.default_rng(3)
    drawn = Counter(table.draw(generator) for _ in range(5000))
    assert drawn["a"] / 5000 == pytest.approx(6 / 11, abs=0.03)
    assert drawn["c"] / 5000 == pytest.approx(2 / 11, abs=0.03)


def test_keys_without_weight_are_never_drawn() -> None:
    assert cumulated({"a": 0.0, "b": 1.0, "c": 3.0}) == (("b", "c"), (0.25, 1.0))


def test_a_frame_knows_its_slots() -> None:
    frame = Frame(
        (Token("", "es"),), ("gibt", "gibt"), "verb", (Token("what", "", "acc"), Token("verb", "geben"))
    )
    assert frame.has("what")
    assert frame.has("what", "acc")
    assert not frame.has("what", "dat")
    assert not frame.has("verb")


def test_texts_are_given_in_a_case() -> None:
    words = Words(variants={"normal": (("der", "den", "dem"), ("er", "ihn", "ihm"))}, frames={})
    row = Entry(key="x", glosses=("RAIN",), words={"de": words})
    assert row.texts("de", case="acc") == ("den", "ihn")
