"""Stage 1: a clip becomes a small grid of codes, and the codes become the clip again. Chapter 11."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.blocks.codebooks import AdaptiveCodebook, GradientCodebook
from signlab.blocks.quantizer import Codebook, Quantized
from signlab.production.convolutions import Neighbours, Padding, Places, ResidualBlock, Sight
from signlab.production.motion import MotionConfig, MotionTransformer
from signlab.shapes import Float, Int

CodebookKind = Literal["averages", "gradient", "adaptive"]
DRAWING = ("from_code", "decoder_places", "decoder_motion", "decoder_blocks", "patch_out")  # behind the codes
REDUCTION = 4  # frames, rows and columns of the clip for each of the grid


@dataclass(frozen=True, kw_only=True, slots=True)
class AutoencoderConfig:
    """The clip, the grid of codes and the networks on either side of it."""

    frames: int = 16  # of a clip, sampled evenly over one sign
    size: int = 64  # height and width of a clip in pixels
    width: int = 64  # channels inside
    num_blocks: int = 2  # residual blocks on each side of the codebook
    padding: Padding = "centred"  # in time: a code knows of both sides, or causally of what was before
    encoder_sees: Sight = "clip"  # neighbours, place and time of a patch; not those in time; the patch alone
    encoder_motion: MotionConfig | None = None  # motion transformer before the codebook
    decoder_motion: MotionConfig | None = None  # the same behind it; a window then decodes to no crop
    codebook: CodebookKind = "averages"  # codes are running means, or weights, or as many as are needed
    num_codes: int = 1024  # entries of the codebook; of an adaptive one, at most
    code_dim: int = 32  # components of a code
    decay: float = 0.99  # of the codebook's running means
    dead_share: float = 0.03  # a code with a smaller share of the mean count is drawn anew
    free_batches: int = 0  # training batches that pass unchanged before codes begin; of averages only
    wanted_loss: float = 0.1  # share of the vectors' variance that an adaptive codebook may lose

    def __post_init__(self) -> None:
        if self.frames % REDUCTION or self.size % REDUCTION:
            raise ValueError(
                f"frames and size must be multiples of {REDUCTION}, the reduction of the grid, "
                f"but got frames={self.frames} and size={self.size}."
            )
        if self.padding == "causal" and (self.encoder_motion or self.decoder_motion):
            raise ValueError(
                "Causal padding must come without a motion transformer, which sees all frames, but got both; "
                "take padding=centred, or encoder_motion=none and decoder_motion=none."
            )

        if self.encoder_sees != "clip" and self.encoder_motion:
            raise ValueError(
                "An encoder with a motion transformer sees the whole clip, but got "
                f"encoder_sees={self.encoder_sees}; take encoder_sees=clip, or encoder_motion=none."
            )

    @property
    def grid(self) -> tuple[int, int, int]:
        """Frames, rows and columns of codes in a clip."""
        return self.frames // REDUCTION, self.size // REDUCTION, self.size // REDUCTION


class Reconstruction(NamedTuple):
    """A clip after its way through the codes, and what the codebook did on the way."""

    videos: Float[Tensor, "batch 3 frames height width"]  # not clamped, for the loss
    quantized: Quantized


class VideoAutoencoder(nn.Module):
    """3D VQ-VAE: four frames of 4 x 4 pixels for each code.

    A clip is cut into patches of 4 x 4 x 4 at once, so that all work happens at the grid's resolution; each
    patch comes out of the codes of its own place and of those around it. Both sides know where in the clip
    they are, so one code can stand for an eye in one place and for a knuckle in another. Convolutions only
    and no normalization over space or time: what a pixel becomes depends on its place, on the codes nearby
    and on nothing else, so decoding a window of the grid equals a crop of the whole away from the edge.

    Source: Xie et al. (LMT, 2024), following VideoGPT (Yan et al., 2021); the clip, its reduction of
    4 x 4 x 4 and learnt places as there. With an `encoder_motion` it is LMT's encoder, motion transformer,
    codebook and decoder; without, VideoGPT's without its attention. The discriminators are the training's.
    Departure: one convolution of stride 4 replaces two of stride 2, and nothing is normalized but the
    encoder's vectors. In the same time on a CPU it learns much more. An encoder may see less than its decoder
    (`encoder_sees`): then what stands still keeps its code, whatever moves beside it, and stage 2 has less to guess.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        width, patch = config.width, 3 * REDUCTION**3
        self.patch_in = nn.Conv3d(3, width, REDUCTION, stride=REDUCTION)
        self.encoder_places = _encoder_places(config)
        self.encoder_blocks = _blocks(config, sees=config.encoder_sees)
        self.encoder_motion = _motion(config.encoder_motion, config)
        self.to_code = nn.Conv3d(width, config.code_dim, 1)
        self.codebook = _codebook(config)
        self.from_code = Neighbours(config.code_dim, width, padding=config.padding)
        self.decoder_places = Places(width, config.grid)
        self.decoder_motion = _motion(config.decoder_motion, config)
        self.decoder_blocks = _blocks(config, sees="clip")
        self.patch_out = Neighbours(width, patch, padding=config.padding)
        # The layout in which bfloat16 pays on a CPU.
        self.to(memory_format=torch.channels_last_3d)  # pyright: ignore[reportCallIssue]

    def forward(
        self,
        videos: Float[Tensor, "batch 3 frames height width"],
        *,
        generator: torch.Generator | None = None,
    ) -> Reconstruction:
        """Clip -> grid of vectors -> nearest codes -> clip."""
        quantized = self.codebook(self.vectors(videos), generator=generator)
        return Reconstruction(videos=self.decode_vectors(quantized.vectors), quantized=quantized)

    def encode(
        self, videos: Float[Tensor, "batch 3 frames height width"]
    ) -> Int[Tensor, "batch grid_frames grid_height grid_width"]:
        """The index of the code for each place of the grid. Draws nothing and changes nothing."""
        vectors = self.vectors(videos)
        indices = self.codebook.nearest(rearrange(vectors, "b t h w dim -> (b t h w) dim"))
        return indices.reshape(vectors.shape[:-1])

    def decode(
        self, codes: Int[Tensor, "batch grid_frames grid_height grid_width"]
    ) -> Float[Tensor, "batch 3 frames height width"]:
        """The clip that a grid of codes stands for, in [-1, 1]."""
        return self.decode_vectors(self.codebook.lookup(codes)).clamp(-1, 1)

    @property
    def last_weights(self) -> Tensor:
        """Those of the decoder's last layer, where all terms of an objective meet."""
        return self.patch_out.weight

    def begin_with(self, trained: "VideoAutoencoder") -> None:
        """Take over the weights of another of the same model; its codebook may be a whole part of this one's.

        Args:
            trained: The other one. Where it has fewer codes, each of them becomes several of this one's.

        Raises:
            ValueError: If the codebooks do not fit; only running means can become several.
        """
        theirs = trained.state_dict()
        if trained.config.num_codes != self.config.num_codes:
            if not isinstance(self.codebook, Codebook) or not isinstance(trained.codebook, Codebook):
                raise ValueError(
                    f"Only codes that are running means can become several, but {trained.config.num_codes} codes "
                    f"that learn otherwise were to become {self.config.num_codes}; take as many."
                )
            self.codebook.begin_with(trained.codebook)
            grown = {f"codebook.{name}": value for name, value in self.codebook.state_dict().items()}
            theirs = {**theirs, **grown}
        self.load_state_dict(theirs)

    def keep_codes(self) -> None:
        """Freeze all that decides which codes a clip becomes, and the codes: only how they are drawn may change."""
        for name, weight in self.named_parameters():
            weight.requires_grad_(draws(name))

    def vectors(
        self, videos: Float[Tensor, "batch 3 frames height width"]
    ) -> Float[Tensor, "batch grid_frames grid_height grid_width dim"]:
        """What the encoder would like to say at each place, before it is cut to a code.

        Raises:
            ValueError: If the clips are not of the configuration's size, or a window of whole patches.
        """
        if any(side % REDUCTION for side in videos.shape[2:]):
            raise ValueError(
                f"A clip's frames, height and width must be multiples of {REDUCTION}, but got "
                f"{tuple(videos.shape[2:])}; resample or resize it first."
            )
        features = self.patch_in(videos)
        if self.encoder_places is not None:
            features = self.encoder_places(features)
        features = self.encoder_blocks(features)
        if self.encoder_motion is not None:
            features = _with_motion(self.encoder_motion, features)
        vectors = rearrange(self.to_code(features), "b dim t h w -> b t h w dim")
        return F.layer_norm(vectors.float(), (self.config.code_dim,))  # of one length, none runs away

    def decode_vectors(
        self,
        vectors: Float[Tensor, "batch grid_frames grid_height grid_width dim"],
        *,
        corner: tuple[int, int, int] = (0, 0, 0),
    ) -> Float[Tensor, "batch 3 frames height width"]:
        """The clip for a grid of vectors; lets gradients through, to be used with soft codes too.

        Args:
            vectors: The whole grid or a window of it.
            corner: First frame, row and column of the window in the grid.
        """
        features = self.from_code(rearrange(vectors, "b t h w dim -> b dim t h w"))
        features = self.decoder_places(features, corner=corner)
        if self.decoder_motion is not None:
            features = _with_motion(self.decoder_motion, features, corner=corner)
        patches = self.patch_out(self.decoder_blocks(features))
        return rearrange(
            patches,
            "b (p q r channel) t h w -> b channel (t p) (h q) (w r)",
            p=REDUCTION,
            q=REDUCTION,
            r=REDUCTION,
        )


def draws(name: str) -> bool:
    """Whether a weight of the autoencoder with this name lies behind the codes, and so decides none."""
    return name.split(".")[0] in DRAWING


def _codebook(config: AutoencoderConfig) -> Codebook | GradientCodebook | AdaptiveCodebook:
    if config.codebook == "gradient":
        return GradientCodebook(num_codes=config.num_codes, dim=config.code_dim)
    if config.codebook == "adaptive":
        return AdaptiveCodebook(
            num_codes=config.num_codes,
            dim=config.code_dim,
            start=min(64, config.num_codes),
            wanted_loss=config.wanted_loss,
            decay=config.decay,
            dead_share=config.dead_share,
        )
    return Codebook(
        num_codes=config.num_codes,
        dim=config.code_dim,
        decay=config.decay,
        dead_share=config.dead_share,
        free_batches=config.free_batches,
    )


def _encoder_places(config: AutoencoderConfig) -> Places | None:
    if config.encoder_sees == "patch":
        return None
    return Places(config.width, config.grid, timeless=config.encoder_sees == "frame")


def _blocks(config: AutoencoderConfig, *, sees: Sight) -> nn.Sequential:
    return nn.Sequential(
        *(ResidualBlock(config.width, padding=config.padding, sees=sees) for _ in range(config.num_blocks))
    )


def _motion(config: MotionConfig | None, whole: AutoencoderConfig) -> MotionTransformer | None:
    return None if config is None else MotionTransformer(config, dim=whole.width, grid=whole.grid)


def _with_motion(
    motion: MotionTransformer,
    features: Float[Tensor, "batch dim frames height width"],
    *,
    corner: tuple[int, int, int] = (0, 0, 0),
) -> Float[Tensor, "batch dim frames height width"]:
    """Through the motion transformer, in the layout of the convolutions."""
    grid = rearrange(features, "b dim t h w -> b t h w dim")
    return rearrange(motion(grid, corner=corner), "b t h w dim -> b dim t h w")
