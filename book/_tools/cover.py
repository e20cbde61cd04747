"""Draw the cover's picture: one puppet utterance after another, each frame by another puppet."""

from pathlib import Path

import numpy as np
from PIL import Image

from signlab.data.puppet.corpus import PuppetConfig, PuppetWeather

OUT = Path(__file__).resolve().parents[1] / "_static" / "cover.png"
ROWS, COLUMNS, SIZE, GAP = 2, 8, 144, 6


def main() -> None:
    split = PuppetWeather(PuppetConfig(seed=3, size=SIZE, split_rule="leaky-signers")).split("train")
    pictures, signers = [], set()
    for index in range(len(split)):
        example = split[index]
        if example.signer in signers:
            continue
        signers.add(example.signer)
        assert example.truth is not None
        assert example.video is not None
        strokes = np.flatnonzero(example.truth.phase == 2)
        pictures.append(example.video[strokes[len(strokes) // 2]])
        if len(pictures) == ROWS * COLUMNS:
            break
    step = SIZE + GAP
    sheet = np.full((ROWS * step - GAP, COLUMNS * step - GAP, 4), 0, np.uint8)
    for place, picture in enumerate(pictures):
        y, x = step * (place // COLUMNS), step * (place % COLUMNS)
        sheet[y : y + SIZE, x : x + SIZE, :3], sheet[y : y + SIZE, x : x + SIZE, 3] = picture, 255
    Image.fromarray(sheet).quantize(200, method=Image.Quantize.FASTOCTREE).save(OUT, optimize=True)


if __name__ == "__main__":
    main()
