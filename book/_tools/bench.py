"""How fast the puppets, the models and the caches are on this machine; two cores are enough.

usage: bench.py [--scale full|tiny] [--json FILE] [--only NAME ...]

Nothing else should run meanwhile: each number is the fastest of several repeats, but a busy machine has no
fast ones. Ratios compare two ways to do the same work, measured in turn in the same run. Models have random
weights, at the scale of the shipped ones: speed does not depend on what was learnt.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import torch
from bench_production import (
    Grid,
    attention_of,
    lost_by_prototypes,
    plain,
    same_results,
    there_and_back,
    tokens_of,
)
from bench_sampling import Drawn, Vectors, bytes_of, generating, ours, quantizing, theirs
from bench_sampling import sampling as sampling_bench
from bench_translation import Size, bytes_kept_by, kept_bytes, noise, same_losses, updating
from bench_translation import searching as searching_bench
from bench_translation import translator as translation_bench
from lightning_fabric import Fabric
from torch import Tensor, nn

from signlab.blocks.quantizer import Codebook
from signlab.data.batches import Batch
from signlab.data.puppet.cache import cached
from signlab.data.puppet.corpus import PuppetConfig, PuppetSplit, PuppetWeather
from signlab.data.text import BOS, EOS
from signlab.production import presets as production
from signlab.production.autoencoder import VideoAutoencoder
from signlab.production.clips import HANDS, Clips
from signlab.production.codes import Codes
from signlab.production.sample import SamplingConfig, sample_codes
from signlab.production.train_autoencoder import train_step
from signlab.production.train_transformer import train_step as train_latent_step
from signlab.production.transformer import LatentTransformer, flatten_codes
from signlab.training.memory import keep_freed_memory
from signlab.translation import presets as translation
from signlab.translation.model import SignTranslator
from signlab.translation.search import beam_search, greedy_search, log_probabilities

CORES = 2
UPDATES = 8  # of a training in one repeat
TARGETS = {64: 3_000.0, 128: 1_000.0}  # frames a second on two cores, by the side of the picture


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """How much work to time."""

    preset: str  # of the models
    repeats: int  # of which the fastest counts
    clips: int  # that each process draws in one repeat
    sizes: tuple[int, ...]  # sides of the pictures, in pixels
    batch: int  # clips or sentences that go through a model together
    tokens: int  # of a sentence
    places: int  # of a clip's codes at which sampling without a cache is timed
    translators: tuple[Size, ...]  # shapes of CV-SLT
    trajectory: Grid  # tokens that trajectory attention reads
    drawn: Drawn  # the transformer that draws codes beside another library's
    vectors: Vectors  # to be quantized beside another library


SCALES = {
    "full": Scale(
        preset="quick",
        repeats=7,
        clips=12,
        sizes=(64, 128),
        batch=8,
        tokens=30,
        places=32,
        translators=(Size(256, 3, 4), Size(512, 6, 8)),
        trajectory=Grid(frames=4, side=32, dim=256, heads=8, prototypes=64),
        drawn=Drawn(dim=512, layers=8, heads=8, grid=(4, 16, 16), num_codes=1024, batch=16),
        vectors=Vectors(num=8_192, dim=256, codes=2_048),
    ),
    "tiny": Scale(
        preset="smoke",
        repeats=2,
        clips=1,
        sizes=(32,),
        batch=2,
        tokens=5,
        places=3,
        translators=(Size(16, 1, 2, batch=3, steps=7, tokens=5, vocab=31, features=11),),
        trajectory=Grid(frames=2, side=4, dim=8, heads=2, prototypes=3),
        drawn=Drawn(dim=16, layers=1, heads=2, grid=(2, 2, 3), num_codes=11, batch=3),
        vectors=Vectors(num=60, dim=7, codes=13),
    ),
}


class Line(NamedTuple):
    """One measured number."""

    what: str
    value: float
    unit: str
    target: float | None = None  # that `value` should reach or exceed


def fastest(work: Callable[[], object], repeats: int) -> float:
    """Seconds that the work takes at best, after one round that is not counted."""
    return fastest_in_turn({"work": work}, repeats)["work"]


def fastest_in_turn(works: Mapping[Any, Callable[[], object]], repeats: int) -> dict[Any, float]:
    """As `fastest`, for several works one after the other in each round: a slow minute meets them all."""
    best = dict.fromkeys(works, float("inf"))
    for work in works.values():
        work()
    for _ in range(repeats):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def again(work: Callable[[], object], times: int) -> None:
    """Do the work so many times."""
    for _ in range(times):
        work()


def one_thread() -> None:
    """A process that draws gets along with one core."""
    cv2.setNumThreads(1)


def draw(split: PuppetSplit, start: int, num: int) -> int:
    """Draw some examples, kinematics included; return how many frames they have."""
    return sum(len(example.truth.sign) for example in split[start : start + num] if example.truth)


def drawing(scale: Scale) -> list[Line]:
    """Puppets drawn by two processes side by side."""
    lines = []
    with ProcessPoolExecutor(CORES, mp_context=get_context("spawn"), initializer=one_thread) as pool:
        for size in scale.sizes:
            split = PuppetWeather(PuppetConfig(size=size)).split("train")
            starts = [core * scale.clips for core in range(CORES)]

            def work(split: PuppetSplit = split, starts: list[int] = starts) -> int:
                futures = [pool.submit(draw, split, start, scale.clips) for start in starts]
                return sum(future.result() for future in futures)

            frames = work()
            what = f"puppets drawn, {size} x {size}, {CORES} processes"
            lines.append(Line(what, frames / fastest(work, scale.repeats), "frames/s", TARGETS.get(size)))
    return lines


def reading(scale: Scale) -> list[Line]:
    """A split read from its copy on disk, against drawing it, both in one process."""
    size = scale.sizes[0]
    split = PuppetWeather(PuppetConfig(size=size, train=scale.clips)).split("train")
    with tempfile.TemporaryDirectory() as folder:
        copy = cached(split, folder, workers=1)

        def read() -> None:
            for example in copy:
                assert example.video is not None
                example.video.copy()  # or no byte of the mapped file would be touched

        frames = draw(split, 0, scale.clips)
        seconds = [fastest(read, scale.repeats), fastest(lambda: draw(split, 0, scale.clips), scale.repeats)]
        del copy  # a mapped file cannot be removed on Windows
    return [
        Line(f"copy on disk read, {size} x {size}", frames / seconds[0], "frames/s"),
        Line("copy on disk against drawing", seconds[1] / seconds[0], "times as fast"),
    ]


def translator(scale: Scale) -> tuple[SignTranslator, Batch]:
    """A translator that never ends a sentence by itself, and clips to translate."""
    features_dim = translation.visual(scale.preset).model.dim
    words = tuple(f"word{number}" for number in range(200))
    config = replace(translation.translation(scale.preset).model, features_dim=features_dim, words=words)
    model = SignTranslator(config).eval()
    assert model.decoder.to_logits is not None
    with torch.no_grad():
        model.decoder.to_logits.bias[EOS] = -1e4
    steps_mask = torch.ones(scale.batch, 40, dtype=torch.bool)
    names = tuple(str(number) for number in range(scale.batch))
    return model, Batch(
        names=names, features=torch.randn(scale.batch, 40, features_dim), steps_mask=steps_mask
    )


@torch.no_grad()
def search_without_cache(model: SignTranslator, batch: Batch, num: int) -> Tensor:
    """Greedy search that reads its whole sentence again for every token."""
    memory = model.read(batch)
    tokens = torch.full((len(batch), 1), BOS)
    for _ in range(num):
        logits = model.decoder(tokens, memory.remembered, memory.steps_mask)
        likeliest = log_probabilities(logits[:, -1]).argmax(dim=-1)
        tokens = torch.cat([tokens, likeliest[:, None]], dim=1)
    return tokens[:, 1:]


def searching(scale: Scale) -> list[Line]:
    """Sentences written with the cache of keys and values, and without."""
    model, batch = translator(scale)
    greedy = lambda: greedy_search(model, model.read(batch), max_tokens=scale.tokens)  # noqa: E731
    without = partial(search_without_cache, model, batch, scale.tokens)
    assert torch.equal(greedy().tokens, without()), "both ways must write the same"
    beams = lambda: beam_search(model, model.read(batch), beams=5, max_tokens=scale.tokens)  # noqa: E731
    seconds = {work: fastest(work, scale.repeats) for work in (greedy, without, beams)}
    told = f"{scale.tokens} tokens"
    return [
        Line(f"sentences written, greedy, {told}", scale.batch / seconds[greedy], "sentences/s"),
        Line(f"sentences written, 5 beams, {told}", scale.batch / seconds[beams], "sentences/s"),
        Line(f"cache in search, {told}", seconds[without] / seconds[greedy], "times as fast"),
    ]


def cvslt(scale: Scale) -> list[Line]:
    """CV-SLT trained and searched: by the library, as its formulas read, and in transformers.

    All ratios are to the formulas, or to transformers, in single precision.
    """
    lines = []
    for size in scale.translators:
        same_losses(size)
        shape = f"d{size.dim}/{size.layers}+{size.layers}"
        model, batch = translation_bench(size, dropout=0.3).train(), noise(size, ragged=False)
        updates = {
            (fused, half): updating(model, batch, fused=fused, half=half)
            for fused in (False, True)
            for half in (False, True)
        }
        seconds = fastest_in_turn(updates, scale.repeats)
        plain = seconds[False, False]
        lines += [
            Line(f"CV-SLT update, {shape}", plain / seconds[True, False], "times as fast", 1.15),
            Line(f"CV-SLT update, {shape}, bfloat16", plain / seconds[True, True], "times as fast", 2.5),
            Line(f"formulas' update, {shape}, bfloat16", plain / seconds[False, True], "times as fast"),
            Line(f"CV-SLT update, {shape}", 1 / seconds[True, False], "updates/s"),
        ]
        kept = [kept_bytes(model, batch, fused=fused, half=False) for fused in (False, True)]
        lines.append(Line(f"CV-SLT memory for backward, {shape}", kept[0] / kept[1], "times less"))
        searches = {
            (name, half): work
            for half in (False, True)
            for name, work in searching_bench(size, half=half, tokens=scale.tokens).items()
        }
        took = fastest_in_turn(searches, scale.repeats)
        theirs = took["transformers", False]
        lines += [
            Line(f"CV-SLT search, 5 beams, {shape}", theirs / took["ours", False], "times as fast", 1.3),
            Line(f"CV-SLT search, {shape}, bfloat16", theirs / took["ours", True], "times as fast", 2.5),
            Line(
                f"transformers' search, {shape}, bfloat16",
                theirs / took["transformers", True],
                "times as fast",
            ),
        ]
    return lines


def trajectory(scale: Scale) -> list[Line]:
    """Trajectory attention forward and backward, against its equations; and how its approximation grows."""
    grid = scale.trajectory
    same_results(grid)
    attention, tokens = attention_of(grid), tokens_of(grid)
    ways = {"equations": partial(plain, attention), "library": attention}
    works = {
        (name, half): there_and_back(look, tokens, half=half)
        for name, look in ways.items()
        for half in (False, True)
    }
    took = fastest_in_turn(works, max(1, scale.repeats // 2))
    kept = {name: bytes_kept_by(partial(look, tokens), attention) for name, look in ways.items()}
    few, many = grid._replace(side=grid.side // 2), grid._replace(side=2 * grid.side)
    growing = {
        one.side: there_and_back(attention_of(one, prototypes=one.prototypes), tokens_of(one), half=False)
        for one in (few, many)
    }
    seconds = fastest_in_turn(growing, max(1, scale.repeats // 2))
    times = (many.side / few.side) ** 2
    told = f"{grid.frames} x {grid.side} x {grid.side}"
    equations = took["equations", False]
    return [
        Line(f"trajectory attention, {told}", equations / took["library", False], "times as fast", 3.5),
        Line(
            f"trajectory attention, {told}, bfloat16", equations / took["library", True], "times as fast", 6.0
        ),
        Line(
            f"equations' trajectory, {told}, bfloat16", equations / took["equations", True], "times as fast"
        ),
        Line(
            f"trajectory memory for backward, {told}", kept["equations"] / kept["library"], "times less", 4.0
        ),
        Line(
            f"{grid.prototypes} prototypes, {times:.0f} times the tokens, against tokens^1.1",
            times**1.1 * seconds[few.side] / seconds[many.side],
            "times as fast",
            1.0,
        ),
        Line(
            f"{grid.prototypes} prototypes, distance to the exact", lost_by_prototypes(grid), "of its length"
        ),
    ]


def sampling(scale: Scale) -> list[Line]:
    """The codes of clips drawn with the cache, against GPT-2's `generate` of the same shape, and without a cache.

    Without, every code would cost a pass over all codes before it; some passes, evenly spread, are timed.
    """
    shape, repeats = scale.drawn, max(1, scale.repeats // 3)  # it takes long
    model = ours(shape, half=False)
    config = model.config
    gloss, first_frame = torch.tensor([0]), torch.zeros(1, *config.grid[1:], dtype=torch.long)
    with_cache = partial(sample_codes, model, gloss, first_frame, sampling=SamplingConfig(temperature=0))
    clip = flatten_codes(with_cache())
    written = torch.cat([flatten_codes(first_frame[:, None]), clip], dim=1)
    places = torch.linspace(0, config.num_targets - 1, scale.places).long().tolist()

    @torch.no_grad()
    def without_cache() -> None:
        for place in places:
            stream = model.embed(gloss, written[:, : config.num_prefix - 1 + place])
            for layer in model.layers:
                stream = layer(stream, causal=True, prefix=config.open_prefix)
            model.logits(stream[:, -1:])

    without_seconds = fastest(without_cache, repeats) / len(places) * config.num_targets
    told, lines = f"{config.num_targets} codes", []
    targets = {(1, False): 1.2, (1, True): 2.0, (shape.batch, False): 1.3, (shape.batch, True): 3.0}
    for batch in (1, shape.batch):
        works = {
            (name, half): work
            for half in (False, True)
            for name, work in (
                ("ours", sampling_bench(ours(shape, half=half), batch=batch)),
                ("GPT-2", generating(theirs(shape, half=half), shape, batch=batch)),
            )
        }
        took = fastest_in_turn(works, repeats)
        gpt = took["GPT-2", False]
        if batch == 1:
            lines.append(
                Line(f"cache in sampling, {told}", without_seconds / took["ours", False], "times as fast", 30)
            )
        for half in (False, True):
            about = f"{told}, batch {batch}" + (", bfloat16" if half else "")
            lines += [
                Line(f"sampling, {about}", gpt / took["ours", half], "times as fast", targets[batch, half]),
                Line(f"clips sampled, {about}", batch / took["ours", half], "clips/s"),
            ]
            if batch == 1:
                read = bytes_of(ours(shape, half=half)) * config.num_targets / took["ours", half]
                lines.append(Line(f"weights read in sampling, {about}", read / 1e9, "GB/s"))
        lines.append(
            Line(
                f"GPT-2's sampling, {told}, batch {batch}, bfloat16",
                gpt / took["GPT-2", True],
                "times as fast",
            )
        )
    return lines


def codebook(scale: Scale) -> list[Line]:
    """One training step of the codebook: nearest codes found, codes moved; and against another library's."""
    config = production.autoencoder(scale.preset)
    model = config.model
    book = Codebook(num_codes=model.num_codes, dim=model.code_dim).train()
    vectors = torch.randn(config.batch_size, *model.grid, model.code_dim)
    told = f"{vectors[..., 0].numel():,} vectors, {model.num_codes:,} codes"
    took = fastest_in_turn(quantizing(scale.vectors), scale.repeats)
    shape = f"{scale.vectors.num:,} x {scale.vectors.dim} vectors, {scale.vectors.codes:,} codes"
    ratio = took["vector-quantize-pytorch"] / took["library"]
    return [
        Line(f"codebook steps, {told}", 1 / fastest(partial(book, vectors), scale.repeats), "steps/s"),
        Line(f"codebook, {shape}", ratio, "times as fast", 3.5),
    ]


@torch.no_grad()
def autoencoding(scale: Scale) -> list[Line]:
    """Clips to codes and codes to clips."""
    config = production.autoencoder(scale.preset).model
    model = VideoAutoencoder(config).eval()
    nn.init.normal_(model.codebook.codes)
    videos = torch.rand(scale.batch, 3, config.frames, config.size, config.size) * 2 - 1
    codes = model.encode(videos)
    told = f"{config.frames} x {config.size} x {config.size}"
    return [
        Line(f"clips {verb}, {told}", scale.batch / fastest(work, scale.repeats), "clips/s")
        for verb, work in (
            ("encoded", partial(model.encode, videos)),
            ("decoded", partial(model.decode, codes)),
        )
    ]


def stages(scale: Scale, fabric: Fabric) -> dict[str, Callable[[], object]]:
    """One update of each stage of production, by what it trains, on noise in place of clips and codes."""
    first, second = production.autoencoder(scale.preset), production.latent(scale.preset)
    grid, num_codes = first.model.grid, first.model.num_codes
    second = replace(second, model=replace(second.model, glosses=("RAIN",), grid=grid, num_codes=num_codes))
    frames, side = first.model.frames, first.model.size
    videos = torch.randint(256, (first.batch_size, frames, side, side, 3), dtype=torch.uint8)
    clips = Clips(
        videos,
        ("RAIN",) * first.batch_size,
        joints=torch.rand(first.batch_size, frames, 2, 2),
        joint_names=HANDS,
        parameters=torch.zeros(first.batch_size, frames, 0, dtype=torch.int64),
        parameter_names=(),
    )
    drawn = torch.randint(num_codes, (second.batch_size, *grid))
    codes = Codes(drawn, drawn[:, 0], ("RAIN",) * second.batch_size)
    autoencoder, transformer = VideoAutoencoder(first.model), LatentTransformer(second.model)
    ready = (
        fabric.setup(autoencoder, torch.optim.AdamW(autoencoder.parameters())),
        fabric.setup(transformer, torch.optim.AdamW(transformer.parameters())),
    )
    indices = list(range(first.batch_size))
    return {
        "autoencoder": partial(train_step, fabric, *ready[0], clips, indices, first, 0),
        "latent transformer": partial(train_latent_step, fabric, *ready[1], codes, second, 0),
    }


def training(scale: Scale) -> list[Line]:
    """Updates of both stages of production, with freed memory given back to the system and kept.

    From here on this process keeps it, so this comes last.
    """
    precision: Any = production.autoencoder(scale.preset).precision
    fabric = Fabric(accelerator="cpu", precision=precision)
    work = stages(scale, fabric)

    def seconds() -> dict[str, float]:
        """For one update of each, as a mean of several: they find different parts of memory freed."""
        several = {name: partial(again, update, UPDATES) for name, update in work.items()}
        return {name: fastest(some, scale.repeats) / UPDATES for name, some in several.items()}

    given_back = seconds()
    keep_freed_memory()
    kept = seconds()
    return [Line(f"updates, {name}", 1 / kept[name], "updates/s") for name in kept] + [
        Line(f"memory kept, {name}", given_back[name] / kept[name], "times as fast") for name in kept
    ]


BENCHMARKS = {
    work.__name__: work
    for work in (drawing, reading, searching, cvslt, trajectory, sampling, codebook, autoencoding, training)
}


def as_row(line: Line) -> str:
    """A line of the table; three digits are as many as such numbers deserve."""
    value = f"{line.value:,.0f}" if line.value >= 100 else f"{line.value:.3g}"
    row = f"{line.what:<50} {value:>9}  {line.unit}"
    if line.target is None:
        return row
    return f"{row}  (target {line.target:,g}: {'met' if line.value >= line.target else 'MISSED'})"


def machine() -> dict[str, str | int | None]:
    """What the numbers are true for."""
    versions = {"python": platform.python_version(), "torch": torch.__version__, "opencv": cv2.__version__}
    return {"cores": os.cpu_count(), "processor": platform.machine(), **versions}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", choices=SCALES, default="full", help="tiny only shows that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS), metavar="NAME")
    args = parser.parse_args(arguments)
    torch.set_num_threads(min(CORES, os.cpu_count() or 1))
    torch.manual_seed(0)
    print("Nothing else should run meanwhile; this takes some minutes at full scale.", flush=True)
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > 0.5:
        print(
            f"This machine is busy (load {os.getloadavg()[0]:.1f}): the numbers will be too low.", flush=True
        )
    lines: list[Line] = []
    for name in args.only:
        for line in BENCHMARKS[name](SCALES[args.scale]):
            print(as_row(line), flush=True)
            lines.append(line)
    if args.json is not None:
        report = {"machine": machine(), "scale": args.scale, "lines": [line._asdict() for line in lines]}
        args.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
