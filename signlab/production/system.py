"""Both stages together, ready for use: a gloss and perhaps a picture become a clip. Chapter 14."""

import difflib
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from signlab.production.autoencoder import VideoAutoencoder
from signlab.production.clips import from_videos, still_videos
from signlab.production.sample import SamplingConfig, sample_codes
from signlab.production.train_autoencoder import digest, load_autoencoder
from signlab.production.train_transformer import LatentTrainingConfig
from signlab.production.transformer import LatentTransformer, still_codes
from signlab.shapes import Int, UInt8
from signlab.training.config import load_config
from signlab.training.weights import load_weights


class ProductionSystem:
    """The autoencoder and the latent transformer that writes its codes.

    Args:
        autoencoder: Stage 1, in eval mode.
        transformer: Stage 2, in eval mode, trained on the codes of this very autoencoder.
    """

    def __init__(self, autoencoder: VideoAutoencoder, transformer: LatentTransformer) -> None:
        self.autoencoder, self.transformer = autoencoder, transformer

    @property
    def glosses(self) -> tuple[str, ...]:
        """Every gloss it can be asked for."""
        return self.transformer.config.glosses

    def produce(
        self,
        gloss: str | None,
        first_frame: UInt8[np.ndarray, "height width 3"] | None = None,
        *,
        sampling: SamplingConfig | None = None,
        seed: int = 0,
    ) -> UInt8[np.ndarray, "frames height width 3"]:
        """A clip of one sign.

        Args:
            gloss: What to sign; None lets the model choose.
            first_frame: Who signs, as RGB at the clip's size; None lets the model choose.
            sampling: Temperature, truncation, guidance; None = `DEFAULT_SAMPLING`.
            seed: The same seed gives the same clip.

        Raises:
            ValueError: If the gloss is unknown or the picture has another size.
        """
        pictures = None if first_frame is None else first_frame[None]
        return self.produce_many([gloss], pictures, sampling=sampling, seed=seed)[0]

    def produce_sentence(
        self,
        glosses: Sequence[str],
        first_frame: UInt8[np.ndarray, "height width 3"] | None = None,
        *,
        sampling: SamplingConfig | None = None,
        seed: int = 0,
    ) -> UInt8[np.ndarray, "frames height width 3"]:
        """A clip of several signs, window after window: each sign begins where the one before has ended.

        A transformer that learnt signs by themselves brings the hands to rest between two; one that learnt
        them in context (`signlab.production.windows`) need not.

        Args:
            glosses: What to sign, in order; one or more.
            first_frame: As in `produce`.
            sampling: As in `produce`.
            seed: As in `produce`.

        Source: ours; LMT makes clips of one sign and leaves longer ones open.

        Raises:
            ValueError: If there are no glosses, one is unknown, or the picture has another size.
        """
        pictures = None if first_frame is None else first_frame[None]
        return self.produce_sentences([glosses], pictures, sampling=sampling, seed=seed)[0]

    def produce_sentences(
        self,
        sentences: Sequence[Sequence[str]],
        first_frames: UInt8[np.ndarray, "clips height width 3"] | None = None,
        *,
        sampling: SamplingConfig | None = None,
        seed: int = 0,
    ) -> list[UInt8[np.ndarray, "frames height width 3"]]:
        """A clip for each of several sentences, their windows made side by side; otherwise as `produce_sentence`."""
        if not all(sentences):
            raise ValueError("A sentence needs one gloss or more to be produced, but got none.")
        for gloss in chain.from_iterable(sentences):
            self._number(gloss)  # all are known before the first is drawn
        clips: list[list[np.ndarray]] = [[] for _ in sentences]
        for place in range(max(map(len, sentences), default=0)):
            asked = [at for at, glosses in enumerate(sentences) if len(glosses) > place]
            starts = first_frames if place == 0 else np.stack([clips[at][-1][-1] for at in asked])
            signs = [sentences[at][place] for at in asked]
            windows = self.produce_many(signs, starts, sampling=sampling, seed=seed + place)
            for at, window in zip(asked, windows, strict=True):
                clips[at].append(window if place == 0 else window[1:])  # its first frame has been shown
        return [np.concatenate(windows) for windows in clips]

    @torch.no_grad()
    def produce_many(
        self,
        glosses: Sequence[str | None],
        first_frames: UInt8[np.ndarray, "clips height width 3"] | None = None,
        *,
        sampling: SamplingConfig | None = None,
        seed: int = 0,
    ) -> UInt8[np.ndarray, "clips frames height width 3"]:
        """Several clips at once, which costs little more than one; otherwise as `produce`."""
        device = next(self.transformer.parameters()).device
        numbers = torch.tensor([self._number(gloss) for gloss in glosses], device=device)
        codes = sample_codes(
            self.transformer,
            numbers,
            self._first_codes(first_frames, num=len(glosses)).to(device),
            sampling=sampling or DEFAULT_SAMPLING,
            generator=torch.Generator(device).manual_seed(seed),
        )
        return from_videos(self.autoencoder.decode(codes)).cpu().numpy()

    def _number(self, gloss: str | None) -> int:
        if gloss is None:
            return self.transformer.absent_gloss
        if gloss not in self.glosses:
            near = difflib.get_close_matches(gloss.upper(), self.glosses, n=1, cutoff=0.0)
            raise ValueError(
                f"The gloss must be one of the {len(self.glosses)} this model learnt, but got {gloss!r}; "
                f"the nearest is {near[0]!r}."
            )
        return self.glosses.index(gloss)

    def _first_codes(
        self, pictures: UInt8[np.ndarray, "clips height width 3"] | None, *, num: int
    ) -> Int[Tensor, "clips rows columns"]:
        config = self.autoencoder.config
        if pictures is None:
            return torch.full((num, *config.grid[1:]), self.transformer.absent_code)
        if pictures.shape != (num, config.size, config.size, 3):
            raise ValueError(
                f"The first frame must be {config.size} x {config.size} pixels in RGB, one for each of the "
                f"{num} clips, but got shape {pictures.shape}; resize it first."
            )
        device = next(self.autoencoder.parameters()).device
        stills = still_videos(torch.from_numpy(pictures.copy()), frames=config.frames)
        return still_codes(self.autoencoder.encode(stills.to(device)))


# Of ten settings tried on 64 validation clips, the one whose finger joints were least off, by the estimator.
DEFAULT_SAMPLING = SamplingConfig(temperature=0.5, top_p=0.9, guidance=2.0)


def load_production(run: str | Path, *, autoencoder: str | Path | None = None) -> ProductionSystem:
    """Both stages from the folder of a latent transformer's run.

    Args:
        run: Says where its autoencoder lies, seen from its own folder; both may be moved together.
        autoencoder: Another run with the same codes, such as one whose decoder alone has learnt on.

    Raises:
        ValueError: If one of them is missing, or the autoencoder has other codes than in training.
    """
    config = load_config(run, LatentTrainingConfig)
    autoencoder_run = Path(run) / config.autoencoder if autoencoder is None else Path(autoencoder)
    if not (autoencoder_run / "weights.safetensors").is_file():
        raise ValueError(
            f"{run} needs the autoencoder whose codes it learnt, or another with the same codes, but there is none at "
            f"{autoencoder_run}; copy both runs together."
        )
    found = digest(autoencoder_run, codes_only=True)
    if found != config.autoencoder_digest:
        raise ValueError(
            f"{run} learnt the codes of an autoencoder with digest {config.autoencoder_digest}, but the one at "
            f"{autoencoder_run} has {found}; bring back that one or train the transformer anew."
        )
    transformer = LatentTransformer(config.model)
    load_weights(run, transformer)
    return ProductionSystem(load_autoencoder(autoencoder_run), transformer.eval())
