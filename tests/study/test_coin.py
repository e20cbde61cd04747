"""The study that needs no model."""

import pytest

from signlab.study.coin import COIN, toss
from signlab.study.statistics import holm, paired_difference, verdict


def test_a_toss_is_the_same_every_time_and_heads_are_counted() -> None:
    one = toss(("tosses=17",), 3)
    assert one == toss(("tosses=17",), 3) != toss(("tosses=17",), 5)
    assert one.per_sentence is not None
    heads = one.per_sentence["heads"]
    assert len(heads) == 17
    assert set(heads) == {0.0, 100.0}
    assert one.metrics == {"heads": pytest.approx(sum(heads) / 17)}
    assert toss(("bias=1",), 0).metrics == {"heads": 100.0}


def test_a_seed_is_the_same_luck_for_every_coin_of_the_right_hand() -> None:
    fair, bent, left = (toss(settings, 2).per_sentence for settings in ((), ("bias=0.6",), ("left=1",)))
    assert fair is not None
    assert bent is not None
    assert left is not None
    assert all(one <= other for one, other in zip(fair["heads"], bent["heads"], strict=True))
    assert any(one > other for one, other in zip(fair["heads"], left["heads"], strict=True))


def test_the_coins_show_every_verdict() -> None:
    heads = {
        name: [toss(COIN.settings_of(name), seed).metrics["heads"] for seed in COIN.seeds]
        for name in COIN.names
    }
    found = [paired_difference(heads[name], heads["fair"]) for name in COIN.names[1:]]
    kinds = [
        verdict(
            one, p=p, comparisons=4, level="", reference="", metric=COIN.primary, smallest=COIN.smallest
        ).kind
        for one, p in zip(found, holm([one.p for one in found]), strict=True)
    ]
    assert kinds == ["larger", "smaller", "excluded", "open"]


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="bias, tosses, left, but got 'side=1'"):
        toss(("side=1",), 0)
