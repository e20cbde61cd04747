"""How much of a sentence comes back, and which arrow loses it: oracles in the place of one step after another. Chapter 17.

Nothing is trained here: every run sends the sentences of its seed, which no other seed has, and the shipped
systems along the way that its level names. All puppets are ones that every system knows; no sentence is.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
import torch

from signlab.data.example import SignExample
from signlab.data.files import shipped
from signlab.data.puppet.corpus import PuppetConfig, PuppetWeather, word
from signlab.data.puppet.motion import perform
from signlab.data.puppet.render import render
from signlab.metrics.text import bleu, word_error_rate
from signlab.production.autoencoder import VideoAutoencoder
from signlab.production.clips import from_videos, load_clips, to_videos
from signlab.production.windows import windows_of
from signlab.round_trip import RoundTrip, load_round_trip, unknown_words
from signlab.shapes import UInt8
from signlab.study.conditions import made_of
from signlab.study.design import Level, Metric, Outcome, Study
from signlab.translation.evaluate import recognise
from signlab.translation.evaluate_text import write_from_glosses
from signlab.translation.pretrain import load_text_model
from signlab.translation.text_model import TextModel
from signlab.translation.train_visual import WordRecognizer, load_recognizer

SENTENCES = 16  # of a run
ROOM = 24  # sentences among which a seed finds them: those with a word that the writer has not learnt are left out
SEEDS = (0, 1, 2, 3, 4)
CORPUS = PuppetConfig(
    test=ROOM * 20, split_rule="leaky-signers", signers=2
)  # room for seeds 0 to 19; the two puppets that the production system knows
FRAMES = 16  # of a window; the next one begins with its last

BLEU = Metric(
    name="bleu4", unit="%", higher_is_better=True, words="BLEU-4 of what comes back, all references"
)
EXACT = Metric(name="exact", unit="%", higher_is_better=True, words="sentences that come back as a right one")
READ = Metric(
    name="read_bleu4", unit="%", higher_is_better=True, words="BLEU-4 of another reader, sign by sign"
)
NAMED = Metric(name="named", unit="%", higher_is_better=True, words="signs that it names as they were meant")
SURE = Metric(name="sure", unit="%", words="how likely it says its names are")
GLOSSES = Metric(name="gloss_errors", unit="%", higher_is_better=False, words="glosses written wrongly")
COST = Metric(name="cpu_seconds", unit="s", words="processor time of a run")

ROUND_TRIP = Study(
    name="round-trip",
    question="Which arrow of the round trip loses what?",
    factor="how the sentence travels",
    levels=(
        Level(
            name="glosses", settings=("via=glosses",), note="true glosses to the text model; no clip at all"
        ),
        Level(name="real clip", settings=("via=real",), note="a puppet signs the whole sentence"),
        Level(
            name="signs apart",
            settings=("via=apart",),
            note="the same puppet, sign after sign, 16 frames each",
        ),
        Level(name="through codes", settings=("via=coded",), note="these, encoded and decoded"),
        Level(name="generated", settings=("via=generated",), note="made by the system from the true glosses"),
        Level(name="round trip", settings=("via=written",), note="made from glosses that the writer wrote"),
        Level(
            name="written glosses",
            settings=("via=written-glosses",),
            note="the writer's glosses to the text model; no clip at all",
        ),
    ),
    reference="real clip",
    seeds=SEEDS,
    metrics=(BLEU, EXACT, READ, NAMED, SURE, GLOSSES, COST),
    answer="An arrow loses something if what comes back is worse with it than with its oracle.",
    smallest=5.0,
)


class Readers(NamedTuple):
    """Everybody who takes part besides the systems themselves."""

    trip: RoundTrip
    recogniser: WordRecognizer  # names one sign
    text: TextModel  # glosses to a sentence


Windows = UInt8[np.ndarray, "signs window height width 3"]


class Names(NamedTuple):
    """What a recogniser makes of windows."""

    glosses: list[str]  # the likeliest of each
    sure: list[float]  # its probability


@lru_cache(maxsize=1)
def readers() -> Readers:
    """The shipped ones."""
    return Readers(
        load_round_trip(),
        load_recognizer(shipped("checkpoints", "visual")),
        load_text_model(shipped("checkpoints", "text")),
    )


@made_of("round_trip.py", "production", "translation", "blocks", "metrics", "data", "study/round_trip.py")
def travel(settings: tuple[str, ...], seed: int, *, num: int = SENTENCES) -> Outcome:
    """Send the sentences of a seed along one way, and compare what comes back.

    Args:
        settings: "via=..." as in `ROUND_TRIP`.
        seed: Which sentences, and all chance in making their clips.
        num: Sentences.

    Returns:
        "read_bleu4", "named" and "sure" are of a recogniser that names each window of 16 frames, and of the
        text model that makes a sentence of these names; where each sign begins and ends is told to it. They
        are NaN where there is no clip. Per sentence: whether it came back as a right one; per window: whether
        it was named as it was meant, and how likely the recogniser said its name was.

    Raises:
        ValueError: If there is no such way.
    """
    trip, recogniser, text = readers()
    via = dict(setting.split("=", 1) for setting in settings)["via"]
    places = sayable(trip, seed)[:num]
    split = PuppetWeather(CORPUS).split("test")
    examples = [split[place] for place in places]
    true = [example.glosses for example in examples]
    said = [example.sentences[0] for example in examples]
    asked = trip.glosses(said) if via.startswith("written") else true
    if via in ("glosses", "written-glosses"):
        returned = write_from_glosses(text, asked)
        windows = None
    else:
        clips, windows = _clips(trip, via, examples, places, asked, seed)
        returned = trip.translation.translate(clips)
    right = [example.sentences for example in examples]
    exact = [one in several for one, several in zip(returned, right, strict=True)]
    metrics = {"bleu4": bleu(returned, right).bleu4, "exact": 100 * float(np.mean(exact))}
    metrics |= {
        "read_bleu4": np.nan,
        "named": np.nan,
        "sure": np.nan,
        "gloss_errors": word_error_rate(*(list(map(" ".join, rows)) for rows in (asked, true))),
    }
    rows = {"exact": [int(one) for one in exact]}
    if windows is not None:
        read = name_signs(recogniser, np.concatenate(windows))
        hits = [one == meant for one, meant in zip(read.glosses, chain.from_iterable(asked), strict=True)]
        metrics["named"], metrics["sure"] = 100 * float(np.mean(hits)), 100 * float(np.mean(read.sure))
        remaining = iter(read.glosses)
        told = [tuple(islice(remaining, len(meant))) for meant in asked]
        metrics["read_bleu4"] = bleu(write_from_glosses(text, told), right).bleu4
        rows |= {
            "window_hit": [int(one) for one in hits],
            "window_sure": [round(one, 4) for one in read.sure],
        }
    return Outcome(metrics, rows)


def _clips(
    trip: RoundTrip,
    via: str,
    examples: Sequence[SignExample],
    places: Sequence[int],
    glosses: Sequence[Sequence[str]],
    seed: int,
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """A clip for each sentence, and the window of each of its signs."""
    videos = [one.video for one in examples if one.video is not None]
    if via == "real":
        cut = [load_clips(windows_of(one), frames=FRAMES, size=CORPUS.size) for one in examples]
        return videos, [one.videos.numpy() for one in cut]
    if via in ("generated", "written"):
        first = np.stack([video[0] for video in videos])
        clips = trip.production.produce_sentences(glosses, first, seed=seed)
        return clips, [windows_in(clip) for clip in clips]
    if via not in ("apart", "coded"):
        raise ValueError(
            f"A sentence must travel by one of glosses, real, apart, coded, generated, written or written-glosses, "
            f"but got via={via}."
        )
    windows = [signs_apart(place) for place in places]
    if via == "coded":
        windows = [through_codes(trip.production.autoencoder, some) for some in windows]
    return [joined(some) for some in windows], windows


def sayable(trip: RoundTrip, seed: int) -> list[int]:
    """Where in the corpus the sentences of a seed stand."""
    split = PuppetWeather(CORPUS).split("test")
    room = range(seed * ROOM, (seed + 1) * ROOM)
    said = [place for place in room if not unknown_words(trip.writer, split.text(place).sentences[0])]
    return said[:SENTENCES]


def signs_apart(index: int) -> Windows:
    """The signs of one of the corpus's sentences as its puppet performs each by itself: no grammar on hands and face."""
    split = PuppetWeather(CORPUS).split("test")
    said, puppet, _ = split.plan(index)
    generator = split.generator("test", index, purpose="signs apart")
    strengths = replace(CORPUS.strengths, camera_shift=0)  # one camera for all of them
    signs = []
    for gloss in said.glosses:
        performed = perform(word(gloss), puppet, strengths, generator, fps=CORPUS.fps)
        video = render(performed, puppet, size=CORPUS.size)
        signs.append(SignExample(name=f"{index}/{gloss}", video=video, glosses=(gloss,)))
    return load_clips(signs, frames=FRAMES, size=CORPUS.size).videos.numpy()


@torch.no_grad()
def through_codes(autoencoder: VideoAutoencoder, windows: Windows) -> Windows:
    """What the autoencoder leaves of windows."""
    codes = autoencoder.encode(to_videos(torch.from_numpy(windows)))
    return from_videos(autoencoder.decode(codes)).numpy()


def joined(windows: Windows) -> UInt8[np.ndarray, "frames height width 3"]:
    """Windows as one clip, in which each begins with the last frame of the one before, as in `produce_sentences`."""
    return np.concatenate([windows[0], *(window[1:] for window in windows[1:])])


def windows_in(clip: UInt8[np.ndarray, "frames height width 3"]) -> Windows:
    """The way back from `joined`."""
    starts = range(0, len(clip) - 1, FRAMES - 1)
    return np.stack([clip[start : start + FRAMES] for start in starts])


def name_signs(recogniser: WordRecognizer, windows: Windows) -> Names:
    """The likeliest gloss of each window, and how likely the recogniser says it is."""
    examples = [SignExample(name=f"window {at}", video=window) for at, window in enumerate(windows)]
    best = recognise(recogniser, examples).softmax(dim=1).max(dim=1)
    return Names([recogniser.config.glosses[int(at)] for at in best.indices], best.values.tolist())
