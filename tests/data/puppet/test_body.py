from dataclasses import asdict

from signlab.data.puppet.body import JOINTS, PUPPETS


def test_there_are_enough_puppets_and_they_differ() -> None:
    assert len(PUPPETS) >= 12
    assert len({puppet.name for puppet in PUPPETS}) == len(PUPPETS)
    builds = {tuple(v for k, v in asdict(p).items() if k != "name") for p in PUPPETS}
    assert len(builds) == len(PUPPETS)
    assert 2 <= sum(puppet.left_handed for puppet in PUPPETS) <= len(PUPPETS) // 2


def test_hands_and_faces_stand_out_from_clothing_and_background() -> None:
    """Hands are mostly in front of the chest: the colours must differ, by brightness or by hue."""
    for puppet in PUPPETS:
        for other in (puppet.clothing, puppet.background):
            distance = sum((a - b) ** 2 for a, b in zip(puppet.skin, other, strict=True)) ** 0.5
            assert distance > 40, (puppet.name, distance)


def test_every_joint_has_a_name_of_its_own() -> None:
    assert len(set(JOINTS)) == len(JOINTS) == 7 + 2 * (3 + 15)
