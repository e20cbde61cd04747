"""puppet-words and puppet-weather: any example by its number, without the ones before it. Chapter 2."""

import ast
import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, overload
from zlib import crc32

import cv2
import numpy as np

from signlab.data.example import SignExample
from signlab.data.files import shipped
from signlab.data.listing import Examples
from signlab.data.puppet.body import PUPPETS, Puppet
from signlab.data.puppet.grammar import Grammar, load_grammar
from signlab.data.puppet.lexicon import load_lexicon
from signlab.data.puppet.motion import perform
from signlab.data.puppet.phonology import SignUse, Utterance
from signlab.data.puppet.render import DRAWING_VERSION, render
from signlab.data.puppet.splits import SPLITS, belongs, check_rule, check_split, sentences_from, signers_of
from signlab.data.puppet.timing import Strengths

CORPUS_VERSION = 1  # goes up whenever the same number would give another example
MOST_DRAWS = 10_000  # meanings drawn in search of one that belongs to a split


@dataclass(frozen=True, kw_only=True, slots=True)
class PuppetConfig:
    """Which corpus to generate; with the same configuration every machine generates the same one."""

    size: int = 64  # pixels along each side
    fps: float = 25.0  # frames per second
    seed: int = 0  # another seed is another corpus
    language: str = "en"  # of the sentences: "en" or "de"
    train: int = 2_400  # examples
    valid: int = 300  # examples
    test: int = 300  # examples
    split_rule: str = "signer-independent"  # or "leaky-signers", "leaky-sentences"
    signers: int = len(PUPPETS)  # puppets who perform in a split, at most
    strengths: Strengths = field(default_factory=Strengths)  # of every difficulty

    def __post_init__(self) -> None:
        check_rule(self.split_rule)
        if self.language not in ("en", "de"):
            raise ValueError(f"The language must be 'en' or 'de', but got {self.language!r}.")
        if not (self.size >= 16 and self.fps > 0):
            raise ValueError(
                f"Pictures must be at least 16 pixels wide and fps positive, but got size={self.size} "
                f"and fps={self.fps}."
            )
        if not 1 <= self.signers <= len(PUPPETS):
            raise ValueError(
                f"signers must lie in [1, {len(PUPPETS)}], as there are {len(PUPPETS)} puppets, but got {self.signers}."
            )
        for name in SPLITS:
            if getattr(self, name) < 1:
                raise ValueError(
                    f"Each split must have at least one example, but {name}={getattr(self, name)}."
                )


class Plan(NamedTuple):
    """An example before it is performed."""

    utterance: Utterance
    puppet: Puppet
    generator: np.random.Generator  # draws the performance


class PuppetSplit(Examples):
    """One split of a generated corpus; item i is drawn when asked for and is always the same."""

    drawn = True  # so it pays to let several processes go through it

    def __init__(self, corpus: str, config: PuppetConfig, split: str) -> None:
        check_split(split)
        self.corpus, self.config, self.name = corpus, config, split
        self.signers = signers_of(split, config.split_rule, most=config.signers)

    def __len__(self) -> int:
        return int(getattr(self.config, self.name))

    @overload
    def __getitem__(self, index: int) -> SignExample: ...
    @overload
    def __getitem__(self, index: slice) -> list[SignExample]: ...
    def __getitem__(self, index: int | slice) -> SignExample | list[SignExample]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        return self.draw(index)

    def text(self, index: int) -> SignExample:
        """Example `index` without video and truth: a hundredth of the work."""
        utterance, puppet, _ = self.plan(index)
        return self._example(index, utterance, puppet)

    def perform(self, index: int) -> SignExample:
        """Example `index` with its truth, but not drawn: a twentieth of the work."""
        utterance, puppet, generator = self.plan(index)
        performance = perform(utterance, puppet, self.config.strengths, generator, fps=self.config.fps)
        return replace(self._example(index, utterance, puppet), truth=performance.truth)

    def draw(self, index: int) -> SignExample:
        """Example `index`, performed and drawn."""
        utterance, puppet, generator = self.plan(index)
        fps = self.config.fps
        performance = perform(utterance, puppet, self.config.strengths, generator, fps=fps)
        video = render(performance, puppet, size=self.config.size)
        return replace(self._example(index, utterance, puppet), video=video, truth=performance.truth)

    def plan(self, index: int) -> Plan:
        """What example `index` says, who performs it, and the chance that will be in its performance."""
        index = self._counted(index)
        generator = self.generator(self.name, index)
        puppet = self.signers[int(generator.integers(len(self.signers)))]
        if self.corpus == "puppet-words":
            return Plan(word(self.gloss(index)), puppet, generator)
        source, said = generator, sentences_from(self.name, self.config.split_rule)
        if (
            self.config.split_rule == "leaky-sentences"
        ):  # the sentence of train's example, another performance
            source = self.generator(said, index % self.config.train, purpose="sentence")
        return Plan(draw_sentence(load_grammar(), source, said, self.config.language), puppet, generator)

    def _counted(self, index: int) -> int:
        if not -len(self) <= index < len(self):
            raise IndexError(f"{self.corpus} {self.name} has {len(self)} examples, but got index {index}.")
        return index % len(self)

    def _example(self, index: int, utterance: Utterance, puppet: Puppet) -> SignExample:
        return SignExample(
            name=f"{self.corpus}/{self.name}/{self._counted(index):06d}",
            fps=self.config.fps,
            signer=puppet.name,
            glosses=utterance.glosses,
            sentences=utterance.sentences,
            language=self.config.language,
        )

    def generator(self, split: str, index: int, *, purpose: str = "") -> np.random.Generator:
        """The source of all chance in one example."""
        corpus = crc32(f"{self.corpus}{purpose}".encode())
        return np.random.default_rng((CORPUS_VERSION, self.config.seed, corpus, SPLITS.index(split), index))

    def gloss(self, index: int) -> str:
        """Which sign example `index` shows: every gloss once before any comes again."""
        glosses = sorted(load_lexicon())
        turn, place = divmod(index, len(glosses))
        key = (CORPUS_VERSION, self.config.seed, SPLITS.index(self.name), turn)
        return glosses[int(np.random.default_rng(key).permutation(len(glosses))[place])]

    def fingerprint(self) -> str:
        """A digest of all that decides what the examples are: configuration, tables, code and libraries."""
        state = [self.corpus, self.name, asdict(self.config), CORPUS_VERSION, DRAWING_VERSION]
        digest = hashlib.sha256(json.dumps([*state, np.__version__, cv2.__version__]).encode())
        for name in ("lexicon.yaml", "grammar.yaml"):
            digest.update(shipped("puppet", name).read_bytes())
        digest.update(_code().encode())
        return digest.hexdigest()


@lru_cache(maxsize=1)
def _code() -> str:
    """What this folder's modules do; comments, docstrings and layout are left out."""
    trees = {path.name: ast.parse(path.read_text("utf-8")) for path in Path(__file__).parent.glob("*.py")}
    for name in ("cache.py", "statistics.py"):  # these only look at examples
        trees.pop(name, None)
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
                del node.body[0]
    return "".join(f"{name}: {ast.dump(tree)}" for name, tree in sorted(trees.items()))


def word(gloss: str) -> Utterance:
    """One sign by itself."""
    return Utterance(uses=(SignUse(sign=load_lexicon()[gloss]),), sentences=())


def draw_sentence(grammar: Grammar, generator: np.random.Generator, split: str, language: str) -> Utterance:
    """Draw meanings until one belongs to the split, and say it.

    Raises:
        ValueError: If none does in many draws: the grammar then has too few meanings for disjoint splits.
    """
    for _ in range(MOST_DRAWS):
        meaning = grammar.meaning(generator)
        if belongs(grammar.usual(meaning), split):
            return grammar.utter(meaning, language, generator)
    raise ValueError(
        f"The grammar must have meanings for every split, but none of {MOST_DRAWS} draws belonged to {split!r}; "
        "add to its tables."
    )


@dataclass(frozen=True, slots=True)
class PuppetWords:
    """Isolated signs of the puppet's lexicon, each gloss equally often; stands in for WLASL and NMFs-CSL."""

    config: PuppetConfig = field(default_factory=PuppetConfig)
    name: str = "puppet-words"

    @property
    def splits(self) -> tuple[str, ...]:
        return SPLITS

    @property
    def glosses(self) -> tuple[str, ...]:
        return tuple(sorted(load_lexicon()))

    def split(self, name: str) -> PuppetSplit:
        """The examples of "train", "valid" or "test"."""
        return PuppetSplit(self.name, self.config, name)

    def utterance(self, split: str, index: int) -> Utterance:
        """What example `index` of a split says, without performing it."""
        return self.split(split).plan(index).utterance


@dataclass(frozen=True, slots=True)
class PuppetWeather:
    """Sentences about the weather; stands in for PHOENIX14T and CSL-Daily."""

    config: PuppetConfig = field(default_factory=PuppetConfig)
    name: str = "puppet-weather"

    @property
    def splits(self) -> tuple[str, ...]:
        return SPLITS

    @property
    def glosses(self) -> tuple[str, ...]:
        return tuple(sorted(load_lexicon()))

    def split(self, name: str) -> PuppetSplit:
        """The examples of "train", "valid" or "test"."""
        return PuppetSplit(self.name, self.config, name)

    def utterance(self, split: str, index: int) -> Utterance:
        """What example `index` of a split says, without performing it."""
        return self.split(split).plan(index).utterance

    def sentences(self, split: str) -> list[str]:
        """The first sentence of every example of a split, without performing any."""
        return [self.utterance(split, index).sentences[0] for index in range(len(self.split(split)))]
