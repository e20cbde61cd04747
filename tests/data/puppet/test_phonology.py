"""The inventories: complete, without doubles, and the defaults lie in them."""

from dataclasses import MISSING, FrozenInstanceError, fields

import pytest

from signlab.data.puppet.phonology import HANDS, NON_MANUAL, PARAMETERS, Sign, SignUse, Utterance

RAIN = Sign(gloss="RAIN", handshape="claw", location="high", movement="down", orientation="front")
SUN = Sign(gloss="SUN", handshape="round", location="high", movement="circle", orientation="front")


def test_no_inventory_has_a_value_twice_or_only_one() -> None:
    for name, values in PARAMETERS.items():
        assert len(set(values)) == len(values) > 1, name


def test_a_sign_has_a_gloss_and_every_parameter_in_the_same_order() -> None:
    assert [field.name for field in fields(Sign)] == ["gloss", *PARAMETERS]


def test_what_a_sign_has_by_default_is_the_first_value_of_its_inventory() -> None:
    usual = {field.name: field.default for field in fields(Sign) if field.default is not MISSING}
    assert usual == {name: PARAMETERS[name][0] for name in ("hands", *NON_MANUAL)}
    assert HANDS[0] == "one"


def test_the_face_and_head_are_not_manual() -> None:
    assert tuple(PARAMETERS)[-len(NON_MANUAL) :] == NON_MANUAL  # the last columns of Truth.parameters


def test_a_use_changes_nothing_of_the_lexicon_s_form_unless_told() -> None:
    use = SignUse(sign=RAIN)
    assert (use.direction, use.size, use.tempo, use.place) == (None, 1.0, 1.0, (0.0, 0.0))
    assert SignUse(sign=RAIN, size=1.5) != use


def test_the_glosses_of_an_utterance_in_order_and_repeated() -> None:
    uses = tuple(SignUse(sign=sign) for sign in (SUN, RAIN, SUN))
    assert Utterance(uses=uses).glosses == ("SUN", "RAIN", "SUN")
    assert Utterance(uses=()).glosses == ()


def test_signs_can_be_compared_and_counted_but_not_changed() -> None:
    assert len({RAIN, SUN, Sign(**{field.name: getattr(RAIN, field.name) for field in fields(Sign)})}) == 2
    with pytest.raises(FrozenInstanceError):
        RAIN.location = "neutral"  # type: ignore[misc]
