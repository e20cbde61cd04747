"""Who and what may be in train, valid and test: one rule without leaks, two that leak on purpose. Chapter 2."""

from zlib import crc32

from signlab.data.puppet.body import PUPPETS, Puppet

SPLITS = ("train", "valid", "test")
RULES = ("signer-independent", "leaky-signers", "leaky-sentences")
NUM_SIGNERS = {"train": 10, "valid": 3, "test": 3}  # of the sixteen puppets, in their order
SHARES = {"train": (0, 80), "valid": (80, 90), "test": (90, 100)}  # per cent of all sentences


def check_rule(rule: str) -> None:
    """Refuse a rule that does not exist."""
    if rule not in RULES:
        raise ValueError(f"The split rule must be one of {', '.join(RULES)}, but got {rule!r}.")


def check_split(name: str) -> None:
    """Refuse a split that does not exist."""
    if name not in SPLITS:
        raise ValueError(f"The split must be one of {', '.join(SPLITS)}, but got {name!r}.")


def signers_of(split: str, rule: str, *, most: int = len(PUPPETS)) -> tuple[Puppet, ...]:
    """The puppets who may perform in a split; under "leaky-signers" everybody everywhere.

    Args:
        split: "train", "valid" or "test".
        rule: One of `RULES`.
        most: Keep only the first so many.
    """
    check_split(split)
    check_rule(rule)
    if rule == "leaky-signers":
        return PUPPETS[:most]
    start = sum(NUM_SIGNERS[name] for name in SPLITS[: SPLITS.index(split)])
    return PUPPETS[start : start + NUM_SIGNERS[split]][:most]


def sentences_from(split: str, rule: str) -> str:
    """The split whose sentences a split says; under "leaky-sentences" those of train, everywhere."""
    check_split(split)
    check_rule(rule)
    return "train" if rule == "leaky-sentences" else split


def belongs(sentence: str, split: str) -> bool:
    """Whether a meaning, named by its most usual English sentence, may be drawn for a split.

    The answer is a hash of the sentence, so it does not depend on what else was drawn.
    """
    check_split(split)
    low, high = SHARES[split]
    return low <= crc32(sentence.encode()) % 100 < high
