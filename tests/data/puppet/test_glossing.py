import math

import numpy as np
import pytest

from signlab.data.puppet.glossing import lay_out
from signlab.data.puppet.grammar import load_grammar
from signlab.data.puppet.lexicon import parameters_of
from signlab.data.puppet.meaning import Clause, Meaning
from signlab.data.puppet.phonology import PARAMETERS, Span

GRAMMAR = load_grammar()


def glosses(meaning: Meaning) -> str:
    return " ".join(placed.use.sign.gloss for placed in lay_out(GRAMMAR.rules, meaning).placed)


RAIN = Clause(kind="phenomenon", what="rain", region="north")


def test_time_place_and_then_what() -> None:
    assert glosses(Meaning(day="today", part="night", clauses=(RAIN,))) == "TODAY NIGHT NORTH RAIN"


def test_numbers_are_sequences_of_signs() -> None:
    clause = Clause(kind="temperature", what="highest", numbers=(-3, 25))
    expected = "TOMORROW TEMPERATURE HIGHEST MINUS THREE UNTIL TWO TEN FIVE DEGREE"
    assert glosses(Meaning(day="tomorrow", clauses=(clause,))) == expected


def test_strength_is_brows_tempo_and_size_and_no_sign() -> None:
    strong = Clause(kind="phenomenon", what="rain", region="north", grade="heavy")
    weak = Clause(kind="phenomenon", what="rain", region="north", grade="light")
    layouts = [
        lay_out(GRAMMAR.rules, Meaning(day="today", clauses=(clause,))) for clause in (weak, RAIN, strong)
    ]
    uses = [layout.placed[-1].use for layout in layouts]
    assert [use.sign.gloss for use in uses] == ["RAIN"] * 3
    assert uses[0].size < uses[1].size == 1.0 < uses[2].size
    assert uses[0].tempo > uses[1].tempo == 1.0 > uses[2].tempo
    assert [layout.spans for layout in layouts] == [
        (Span(start=2, stop=3, channel="brows", value="raised"),),
        (),
        (Span(start=2, stop=3, channel="brows", value="lowered"),),
    ]


def test_a_course_is_a_path_and_no_sign() -> None:
    clause = Clause(kind="course", what="low", heading="north")
    uses = [placed.use for placed in lay_out(GRAMMAR.rules, Meaning(day="today", clauses=(clause,))).placed]
    assert [use.sign.gloss for use in uses] == ["TODAY", "LOW-PRESSURE", "MOVE"]
    assert uses[1].direction is None
    assert uses[2].direction == pytest.approx(math.pi / 2, abs=1e-3)
    wind = lay_out(GRAMMAR.rules, Meaning(clauses=(Clause(kind="wind", what="wind", heading="west"),)))
    assert wind.placed[0].use.direction == pytest.approx(math.pi, abs=1e-3)


def test_a_silent_region_is_only_a_place() -> None:
    silent = Clause(kind="phenomenon", what="rain", region="west", silent=True)
    (placed,) = lay_out(GRAMMAR.rules, Meaning(clauses=(silent,))).placed
    assert placed.use.sign.gloss == "RAIN"
    assert placed.use.place == (-0.4, 0.0)


def test_no_is_a_head_shake_and_only_with_emphasis_a_sign() -> None:
    plain = Meaning(day="today", clauses=(Clause(kind="stay", what="dry", region="south", negated="plain"),))
    emphatic = Meaning(
        day="today", clauses=(Clause(kind="stay", what="dry", region="south", negated="emphatic"),)
    )
    assert glosses(plain) == "TODAY SOUTH DRY STAY"
    assert glosses(emphatic) == "TODAY SOUTH DRY STAY NOT"
    assert lay_out(GRAMMAR.rules, plain).spans == (Span(start=2, stop=4, channel="head", value="shake"),)
    assert lay_out(GRAMMAR.rules, emphatic).spans == (Span(start=2, stop=5, channel="head", value="shake"),)


def test_a_question_is_in_the_brows() -> None:
    whether = lay_out(GRAMMAR.rules, Meaning(day="today", clauses=(RAIN,), question="whether"))
    when = lay_out(GRAMMAR.rules, Meaning(clauses=(RAIN,), question="when"))
    assert whether.spans == (Span(start=0, stop=3, channel="brows", value="raised"),)
    assert when.spans == (Span(start=0, stop=3, channel="brows", value="lowered"),)
    assert when.placed[-1].use.sign.gloss == "WHEN"


def test_links_between_clauses() -> None:
    second = Clause(kind="cause", what="low", air="cold", heading="south")
    assert glosses(Meaning(day="today", clauses=(RAIN, second), link="because")) == (
        "TODAY NORTH RAIN REASON LOW-PRESSURE COLD AIR BRING"
    )
    other = Clause(kind="phenomenon", what="sun", region="south")
    assert glosses(Meaning(clauses=(RAIN, other), link="and")) == "NORTH RAIN SOUTH SUN"
    assert glosses(Meaning(clauses=(RAIN, other), link="but")) == "NORTH RAIN BUT SOUTH SUN"


def test_a_date_in_signs() -> None:
    meaning = Meaning(formula="forecast", slots=(("weekday", "friday"), ("date", "23.12")))
    assert glosses(meaning) == "NOW WEATHER TOMORROW FRIDAY TWO TEN THREE MONTH TEN TWO"


def test_different_meanings_never_look_the_same() -> None:
    """Otherwise there would be sentences that nobody could translate."""
    generator = np.random.default_rng(6)
    seen: dict[object, Meaning] = {}
    for _ in range(1500):
        meaning = GRAMMAR.meaning(generator)
        signed = lay_out(GRAMMAR.rules, meaning)
        assert seen.setdefault((tuple(p.use for p in signed.placed), signed.spans), meaning) == meaning


def test_spans_of_one_channel_never_overlap_and_stay_inside() -> None:
    generator = np.random.default_rng(8)
    for _ in range(1500):
        signed = lay_out(GRAMMAR.rules, GRAMMAR.meaning(generator))
        covered: set[tuple[str, int]] = set()
        for span in signed.spans:
            assert 0 <= span.start < span.stop <= len(signed.placed)
            assert span.value in PARAMETERS[span.channel]
            held = {(span.channel, index) for index in range(span.start, span.stop)}
            assert not covered & held
            covered |= held


def test_strength_never_turns_a_sign_into_another() -> None:
    """Brows that show strength replace a sign's own; no other sign may then look like it."""
    brows = list(PARAMETERS).index("brows")
    looks = {parameters_of(sign): gloss for gloss, sign in GRAMMAR.rules.lexicon.items()}
    rules = GRAMMAR.rules
    graded = {
        gloss
        for kind in rules.kinds.values()
        for what in rules.whats[kind.key].keys
        if "graded" in kind.flags or "light" in rules.entry(kind.table, what).words["en"].variants
        for gloss in rules.entry(kind.table, what).glosses
    }
    for gloss in sorted(graded):
        look = list(parameters_of(rules.lexicon[gloss]))
        for value in ("raised", "lowered"):
            look[brows] = value
            assert looks.get(tuple(look), gloss) == gloss
