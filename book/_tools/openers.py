"""Draw a strip of pictures for each system and each part of the book: what comes in, and what becomes of it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from matplotlib import colormaps
from PIL import Image, ImageDraw

from signlab.data.files import shipped
from signlab.data.puppet.corpus import PuppetConfig, PuppetWeather, PuppetWords
from signlab.data.puppet.lexicon import load_lexicon
from signlab.production import load_production
from signlab.production.clips import from_videos, load_clips, to_videos
from signlab.production.windows import windows_of

OUT = Path(__file__).resolve().parents[1] / "_static"
SIDE, GAP, TILES = 128, 6, 6
KNOWN = PuppetConfig(test=40, split_rule="leaky-signers", signers=2)


def save(name: str, tiles: Sequence[np.ndarray]) -> None:
    """Tiles from left to right, with gaps that let the page through."""
    sheet = np.zeros((SIDE, TILES * (SIDE + GAP) - GAP, 4), np.uint8)
    for place, tile in enumerate(tiles):
        how = Image.Resampling.LANCZOS if len(tile) > SIDE else Image.Resampling.NEAREST
        picture = Image.fromarray(tile).resize((SIDE, SIDE), how)
        x = place * (SIDE + GAP)
        sheet[:, x : x + SIDE, :3], sheet[:, x : x + SIDE, 3] = np.asarray(picture), 255
    image = Image.fromarray(sheet).quantize(160, method=Image.Quantize.FASTOCTREE)
    image.save(OUT / f"{name}.png", optimize=True)


def spread(clip: np.ndarray, rest: int = 0) -> list[np.ndarray]:
    """As many frames as a strip has tiles, without the first and last ones in which the hands rest."""
    return [clip[at] for at in np.linspace(rest, len(clip) - 1 - rest, TILES).astype(int)]


def read() -> list[np.ndarray]:
    """The first clip of the test split, as the translator sees it."""
    video = PuppetWeather(PuppetConfig()).split("test")[0].video
    assert video is not None
    return spread(video, rest=8)


def drawn() -> list[np.ndarray]:
    """The picture that the first word of the test split begins with, and the clip made from it and from the gloss."""
    word = PuppetWords(PuppetConfig(split_rule="leaky-signers", signers=2)).split("test")[0]
    assert word.video is not None
    clip = load_production(shipped("checkpoints", "latent")).produce(word.glosses[0], word.video[0])
    return [word.video[0], *spread(clip, rest=2)[1:]]


def before_the_models() -> list[np.ndarray]:
    """One frame, its joints, both hands and the face, and the frame again."""
    example = PuppetWeather(PuppetConfig(seed=3, size=256, split_rule="leaky-signers")).split("train")[6]
    assert example.video is not None
    assert example.truth is not None
    strokes = np.flatnonzero(example.truth.phase == 2)
    at = int(strokes[len(strokes) // 2])
    frame, places = example.video[at], 256 * example.truth.joints[at, :, :2]
    joints = Image.new("RGB", (256, 256), "#14213d")
    pen = ImageDraw.Draw(joints)
    for x, y in places:
        pen.ellipse((x - 4, y - 4, x + 4, y + 4), fill="#f4a261")
    tiles = [frame, np.asarray(joints)]
    for joint in ("left_middle_knuckle", "right_middle_knuckle", "head"):
        x, y = places[example.truth.joint_names.index(joint)].round().astype(int)
        x, y = (int(np.clip(value, 40, 216)) for value in (x, y))
        tiles.append(frame[y - 40 : y + 40, x - 40 : x + 40])
    return [*tiles, example.video[int(strokes[-1])]]


def translation() -> list[np.ndarray]:
    """A sentence, from its beginning to its end."""
    video = PuppetWeather(PuppetConfig(seed=3, size=128)).split("train")[12].video
    assert video is not None
    return spread(video, rest=8)


@torch.no_grad()
def production() -> list[np.ndarray]:
    """Twice: a frame, the codes that stand for it, and the frame that comes out again."""
    sentence = PuppetWeather(KNOWN).split("test")[3]
    clip = load_clips(windows_of(sentence)[:1], frames=16, size=64)
    model = load_production(shipped("checkpoints", "latent")).autoencoder
    codes = model.encode(to_videos(clip.videos))
    back = from_videos(model.decode(codes))[0].numpy()
    tiles = []
    for at in (5, 11):
        coloured = colormaps["viridis"](codes[0, at // 4].numpy() / model.config.num_codes)[..., :3]
        tiles += [clip.videos[0, at].numpy(), (255 * coloured).astype(np.uint8), back[at]]
    return tiles


def together() -> list[np.ndarray]:
    """A sign that was never performed: made from its gloss and one picture."""
    split = PuppetWeather(KNOWN).split("test")
    first = next(one.video[0] for one in split if one.video is not None)
    return spread(load_production(shipped("checkpoints", "latent")).produce(sorted(load_lexicon())[3], first))


def main() -> None:
    for name, draw in (
        ("read", read),
        ("drawn", drawn),
        ("part1", before_the_models),
        ("part2", translation),
        ("part3", production),
        ("part4", together),
    ):
        save(name, draw())


if __name__ == "__main__":
    main()
