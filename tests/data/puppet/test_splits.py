"""Who and what may be where: three parts without overlap, and two leaks that are what they say."""

from itertools import combinations

import pytest

from signlab.data.puppet.body import PUPPETS
from signlab.data.puppet.splits import RULES, SHARES, SPLITS, belongs, sentences_from, signers_of

SENTENCES = [
    f"tomorrow it will be {degrees} degrees in the {place} ." for degrees in range(101) for place in "abc"
]


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "leaky-signers"])
def test_every_puppet_is_in_one_split_and_only_there(rule: str) -> None:
    parts = [{puppet.name for puppet in signers_of(split, rule)} for split in SPLITS]
    assert all(one.isdisjoint(other) for one, other in combinations(parts, 2))
    assert set.union(*parts) == {puppet.name for puppet in PUPPETS}
    assert [len(part) for part in parts] == [10, 3, 3]


def test_both_handednesses_are_met_in_training_and_in_the_test() -> None:
    for split in ("train", "test"):
        handed = {puppet.left_handed for puppet in signers_of(split, "signer-independent")}
        assert handed == {True, False}, split


def test_where_signers_leak_everybody_is_everywhere() -> None:
    for split in SPLITS:
        assert signers_of(split, "leaky-signers") == PUPPETS


def test_fewer_signers_are_the_first_ones_of_each_split() -> None:
    for rule in RULES:
        for split in SPLITS:
            assert signers_of(split, rule, most=2) == signers_of(split, rule)[:2]
    assert signers_of("test", "signer-independent", most=9) == signers_of("test", "signer-independent")


def test_a_sentence_belongs_to_exactly_one_split_in_the_promised_shares() -> None:
    owners = [[split for split in SPLITS if belongs(sentence, split)] for sentence in SENTENCES]
    assert {len(found) for found in owners} == {1}
    for split, (low, high) in SHARES.items():
        share, expected = owners.count([split]) / len(owners), (high - low) / 100
        assert abs(share - expected) < 0.07, split  # three standard deviations of 303 draws


def test_the_shares_meet_end_to_end() -> None:
    ends = [SHARES[split] for split in SPLITS]
    assert [ends[0][0], *(high for _, high in ends)] == [*(low for low, _ in ends), 100]


def test_a_word_more_may_move_a_sentence() -> None:
    """The hash looks at all of it: near sentences do not stay together."""
    places = {(belongs(one, "train"), belongs(f"{one} again", "train")) for one in SENTENCES}
    assert places == {(True, True), (True, False), (False, True), (False, False)}


def test_where_sentences_leak_all_are_those_of_training() -> None:
    assert {sentences_from(split, "leaky-sentences") for split in SPLITS} == {"train"}
    for rule in ("signer-independent", "leaky-signers"):
        assert [sentences_from(split, rule) for split in SPLITS] == list(SPLITS)


def test_what_does_not_exist_is_one_sentence() -> None:
    for wrong in (
        lambda: signers_of("dev", RULES[0]),
        lambda: belongs("a", "dev"),
        lambda: sentences_from("dev", RULES[0]),
    ):
        with pytest.raises(ValueError, match="The split must be one of train, valid, test, but got 'dev'"):
            wrong()
    for wrong in (lambda: signers_of("test", "random"), lambda: sentences_from("test", "random")):
        with pytest.raises(
            ValueError, match=r"split rule must be one of signer-independent, .*but got 'random'"
        ):
            wrong()
