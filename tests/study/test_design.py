"""What a study must be before it may run."""

from dataclasses import FrozenInstanceError, replace

import pytest

from signlab.study.design import Level, Metric, Study

STUDY = Study(
    name="kettle",
    question="Does a lid make water boil sooner?",
    factor="lid",
    levels=(
        Level(name="no lid", note="as always"),
        Level(name="lid", settings=("lid=true",)),
        Level(name="two lids", settings=("lid=true", "lids=2")),
    ),
    reference="no lid",
    seeds=(2, 3, 5, 7, 11),
    metrics=(Metric(name="minutes", unit="min", higher_is_better=False), Metric(name="noise", unit="dB")),
    answer="A lid saves half a minute or more.",
    smallest=0.5,
    common=("water=1",),
)


def test_settings_are_the_common_ones_and_then_the_levels() -> None:
    assert STUDY.settings_of("two lids") == ("water=1", "lid=true", "lids=2")
    assert STUDY.settings_of("no lid") == ("water=1",)
    assert STUDY.names == ("no lid", "lid", "two lids")
    assert STUDY.primary.name == "minutes"
    assert STUDY.metric("noise").title == "noise"
    assert STUDY.level("no lid").note == "as always"


def test_a_digest_changes_with_what_determines_results_and_with_nothing_else() -> None:
    before = {name: STUDY.digest_of(name) for name in STUDY.names}
    assert len(set(before.values())) == 3

    told = replace(STUDY, question="Is it faster?", answer="?", smallest=7.0, seeds=(1,), reference="lid")
    more = replace(told, levels=(Level(name="pan", settings=("pan=true",)), *STUDY.levels[::-1]))
    assert {name: more.digest_of(name) for name in STUDY.names} == before

    hot = replace(STUDY, common=("water=2",))
    named = replace(STUDY, name="pot")
    levels = (*STUDY.levels[:2], Level(name="two lids", settings=("lid=true", "lids=3")))
    third = replace(STUDY, levels=levels)
    assert all(hot.digest_of(name) != before[name] != named.digest_of(name) for name in STUDY.names)
    changed = [name for name in STUDY.names if third.digest_of(name) != before[name]]
    assert changed == ["two lids"]


def test_in_a_pool_the_same_settings_are_one_run_whatever_they_are_called() -> None:
    pot = replace(STUDY, pool="kitchen")
    pan = replace(
        pot, name="pan", common=(), reference="as ever", levels=(
            Level(name="as ever", settings=("water=1",)), Level(name="covered", settings=("lid=true", "water=1"))
        ),
    )  # fmt: skip
    assert pan.ledger_name == pot.ledger_name == "kitchen"
    assert STUDY.ledger_name == STUDY.name
    assert pan.digest_of("as ever") == pot.digest_of("no lid") != STUDY.digest_of("no lid")
    assert pan.digest_of("covered") == pot.digest_of("lid")
    overruled = replace(
        pan, levels=(Level(name="hot", settings=("water=2",)), *pan.levels), common=("water=1",)
    )
    assert overruled.digest_of("hot") != overruled.digest_of("as ever") == pot.digest_of("no lid")


def test_a_study_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        STUDY.seeds = (1,)  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"question": " "}, "must state its question, but study 'kettle'"),
        ({"answer": ""}, "must state its answer"),
        ({"name": "a/b"}, "name of a study must be letters.* but got 'a/b'"),
        ({"name": ".."}, "but got '..'"),
        ({"levels": STUDY.levels[:1]}, "compare 2 levels or more, but kettle has 1"),
        ({"levels": (*STUDY.levels, Level(name="Lid"))}, "Each name of a level .* 'lid' is there twice"),
        ({"levels": (Level(name="no lid"), Level(name="a,b"))}, "but got 'a,b'"),
        ({"levels": (Level(name="no lid"), Level(name="dot."))}, "but got 'dot.'"),
        ({"reference": "pan"}, "one of the levels no lid, lid, two lids, but got 'pan'"),
        ({"seeds": ()}, "needs seeds"),
        ({"seeds": (1, -1)}, r"each 0 or more, but kettle has \(1, -1\)"),
        ({"seeds": (3, 1, 3)}, "Each seed must be there once, but 3"),
        ({"metrics": ()}, "must name a metric"),
        ({"metrics": (Metric(name="a"), Metric(name="a"))}, "Each metric must be there once, but 'a'"),
        ({"smallest": 0.0}, "above 0 and finite.* but got 0.0"),
        ({"smallest": float("nan")}, "but got nan"),
        ({"common": ("water",)}, "like field=value, but 'common' has 'water'"),
        ({"common": ("=1",)}, "has '=1'"),
        ({"common": ("water=1", "water = 2")}, "Each field of 'common' .* 'water' is there twice"),
        ({"levels": (Level(name="no lid"), Level(name="lid", value=1.0))}, "but 'no lid' has none"),
        (
            {"levels": (Level(name="no lid", value=1.0), Level(name="lid", settings=("a=1",), value=1.0))},
            "Each value of a level .* 1.0",
        ),
        (
            {"levels": (Level(name="no lid"), Level(name="lid", settings=("water=1",)))},
            "must differ in their settings, but 'no lid' and 'lid' are alike",
        ),
    ],
)
def test_a_study_that_makes_no_sense_is_refused(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(STUDY, **changes)


def test_settings_without_their_comma_are_refused() -> None:
    """Made without the type checker of the tests, which would be faster."""
    level = Level(name="lid")
    object.__setattr__(level, "settings", "lid=true")
    with pytest.raises(ValueError, match="'lid' has the text 'lid=true'; add a comma"):
        replace(STUDY, levels=(STUDY.levels[0], level))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="one of no lid, lid, two lids, but got 'pan'"):
        STUDY.level("pan")
    with pytest.raises(ValueError, match="one of minutes, noise, but got 'cost'"):
        STUDY.metric("cost")
