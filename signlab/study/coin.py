"""A study that takes milliseconds: coins that show the four verdicts there can be. Chapter 10."""

import numpy as np

from signlab.study.conditions import made_of
from signlab.study.design import Level, Metric, Outcome, Study

COIN = Study(
    name="coin",
    question="Which coins are not fair?",
    factor="coin",
    levels=(
        Level(name="fair", note="what the others are compared with"),
        Level(name="bent", settings=("bias=0.6",), note="heads in 60 of 100, with the fair coin's luck"),
        Level(name="worn", settings=("bias=0.52",), note="heads in 52 of 100, with the fair coin's luck"),
        Level(
            name="polished", settings=("bias=0.501",), note="heads in 501 of 1000, with the fair coin's luck"
        ),
        Level(name="left-handed", settings=("left=1",), note="a fair coin with a luck of its own"),
    ),
    reference="fair",
    seeds=(0, 1, 2, 3, 4),
    metrics=(Metric(name="heads", unit="%", words="the share of heads"),),
    answer="A coin is bent if its share of heads differs from the fair coin's, detectably and by 4 points or more.",
    smallest=4.0,
    common=("tosses=500",),
)


@made_of("study/coin.py")
def toss(settings: tuple[str, ...], seed: int) -> Outcome:
    """Toss a coin and count heads, in per cent; each toss stands for a sentence of a test set.

    Raises:
        ValueError: If a setting is not of a coin.
    """
    fields = {
        "bias": 0.5,
        "tosses": 500.0,
        "left": 0.0,
    }  # probability of heads; number; the left hand's own luck
    for setting in settings:
        name, _, text = setting.partition("=")
        if name not in fields:
            raise ValueError(f"A coin's settings must be of {', '.join(fields)}, but got {setting!r}.")
        fields[name] = float(text)
    luck = np.random.default_rng([seed, int(fields["left"])]).uniform(size=int(fields["tosses"]))
    heads = 100.0 * (luck < fields["bias"])
    return Outcome({"heads": float(heads.mean())}, {"heads": heads.tolist()})
