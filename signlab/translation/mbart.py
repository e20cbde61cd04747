"""mBART from a local folder: its shape, its weights, and of its table only the rows that are needed. Chapter 9."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from signlab.data.pieces import MBART_LANGUAGES, PieceVocabulary, mbart_rows
from signlab.data.text import BOS, SPECIALS
from signlab.shapes import Int
from signlab.translation.encoder import MBART_POSITIONS
from signlab.translation.mbart_folder import ONE_TABLE, PIECES, MBartWeights, read_config
from signlab.translation.model import SignTranslator, TranslatorConfig
from signlab.translation.text_model import TextModel, check_language_parts

FIRST_POSITION = 2  # the row of the first place in mBART's tables of positions
MUST_BE: dict[str, Any] = {  # what this library's layers are, in mBART's words
    "activation_function": "gelu",
    "max_position_embeddings": MBART_POSITIONS,
    "scale_embedding": True,
    "tie_word_embeddings": True,
}
IF_UNSAID: dict[str, Any] = {  # what transformers take where a configuration is silent
    **MUST_BE,
    "scale_embedding": False,
}
OUTSIDE = {
    "entrance.positions": "embed_positions",
    "entrance.norm": "layernorm_embedding",
    "norm": "layer_norm",
}
INSIDE = {
    "attention_norm": "self_attn_layer_norm",
    "memory_norm": "encoder_attn_layer_norm",
    "feed_forward_norm": "final_layer_norm",
    "feed_forward.to_hidden": "fc1",
    "feed_forward.to_out": "fc2",
    **{
        f"{ours}.to_{one}": f"{theirs}.{one}_proj"
        for ours, theirs in (("attention", "self_attn"), ("memory_attention", "encoder_attn"))
        for one in ("q", "k", "v", "out")
    },
}


def mbart_large() -> TranslatorConfig:
    """The shape of mBART-large, with the dropout that CV-SLT gives it.

    Source: the shape, Liu et al. (2020); dropout of 0.3, of attention weights 0.1, inside the feed-forward
    parts none, as the settings of CV-SLT (Zhao et al., 2024) override them.
    """
    return TranslatorConfig(
        dim=1024,
        num_encoder_layers=12,
        num_decoder_layers=12,
        num_heads=16,
        dropout=0.3,
        attention_dropout=0.1,
        hidden_dropout=0.0,
        learnt_positions=True,
        tied=True,
        ends_marked=True,
    )


def mbart_config(folder: str | Path) -> TranslatorConfig:
    """A translator of the shape of the mBART in a folder, with the dropout of `mbart_large`.

    Raises:
        ValueError: If the folder holds no mBART, or one that is made otherwise than this library's layers.
    """
    folder = Path(folder)
    given = read_config(folder)
    dim, heads = given["d_model"], given["encoder_attention_heads"]
    must_be = MUST_BE | {
        "encoder_ffn_dim": 4 * dim,
        "decoder_ffn_dim": 4 * dim,
        "decoder_attention_heads": heads,
    }
    for name, wanted in must_be.items():
        found = given.get(name, IF_UNSAID.get(name))
        if found != wanted:
            raise ValueError(
                f"An mBART must have {name}={wanted!r} to become a translator of this library, but {folder} has "
                f"{found!r}; take one that is made as mbart-large-cc25 is."
            )
    return replace(
        mbart_large(),
        dim=dim,
        num_encoder_layers=given["encoder_layers"],
        num_decoder_layers=given["decoder_layers"],
        num_heads=heads,
    )


def mbart_language(language: str) -> str:
    """mBART's tag of a language: de_DE of "de", and of de_DE itself.

    Raises:
        ValueError: If it is none of mBART's 25 languages.
    """
    for tag in MBART_LANGUAGES:
        if language in (tag, tag.partition("_")[0]):
            return tag
    raise ValueError(
        f"mBART must know the language that is to be written, but this is {language!r}; set language to one of its "
        f"25 tags: {', '.join(MBART_LANGUAGES)}."
    )


@torch.no_grad()
def start_from_mbart(model: SignTranslator | TextModel, folder: str | Path, *, language: str) -> set[str]:
    """Fill encoder and decoder with mBART's weights.

    Its table has 250,027 rows; those of the model's pieces are taken, the others left. Encoder and decoder
    have tables of positions of their own; words are written by the table they are read by, with a bias each.

    Args:
        model: Of mBART's shape, writing pieces of mBART's SentencePiece model.
        folder: Of the mBART.
        language: Of what is to be written, as in `mbart_language`; the row of its tag becomes the begin.

    Returns:
        The names of the parameters that were filled; the others are new.

    Raises:
        ValueError: If the two do not fit each other, or a tensor is missing or has another shape.

    Source: Liu et al. (2020), in the numbering of transformers; pruned as MMTLB and CV-SLT prune it.
    """
    folder = Path(folder)
    check_language_parts(mbart_config(folder), model.config, folder)
    vocabulary = model.config.vocabulary
    if not isinstance(vocabulary, PieceVocabulary):
        raise ValueError(
            f"A translator that starts from mBART must write its pieces, but this one writes words; give it {PIECES} of {folder}."
        )
    rows = mbart_rows(vocabulary, language=mbart_language(language))
    weights = MBartWeights(folder)
    filled = set()
    for name, parameter in model.named_parameters():
        theirs = mbart_name(name)
        if theirs is not None:
            value = _fitted(name, weights.read(theirs, _their_shape(name, parameter, vocabulary)), rows)
            parameter.copy_(value)
            filled.add(name)
    return filled


@torch.no_grad()
def start_glosses(table: nn.Embedding, named: Sequence[str], folder: str | Path) -> None:
    """Begin each gloss as the mean of the pieces of its name, in small letters.

    Args:
        table: A row for each special token, then one for each gloss; filled in place.
        named: The glosses.
        folder: Of the mBART.

    Source: MMTLB (Chen et al., 2022) and CV-SLT, for their table of glosses.
    """
    pieces = PieceVocabulary.from_sentences(Path(folder) / PIECES, [gloss.lower() for gloss in named])
    rows = mbart_rows(pieces, language=MBART_LANGUAGES[0])
    weights = MBartWeights(Path(folder))
    shape = (_num_rows(pieces), table.embedding_dim)
    known = weights.read(f"{ONE_TABLE[0]}.weight", shape)[rows]
    for place, gloss in enumerate(named, start=len(SPECIALS)):
        table.weight[place] = known[pieces.encode(gloss.lower())].float().mean(dim=0)


def mbart_name(name: str) -> str | None:
    """What a parameter of a translator is called in mBART; None if it has no such thing."""
    if name == "decoder.table.weight":
        return f"{ONE_TABLE[0]}.weight"
    if name == "decoder.bias":
        return "final_logits_bias"
    found = re.fullmatch(r"(encoder|decoder)\.(?:layers\.(\d+)\.)?(.+)\.(weight|bias)", name)
    if found is None:
        return None
    side, layer, part, kind = found.groups()
    theirs = (OUTSIDE if layer is None else INSIDE).get(part)
    if theirs is None:
        return None
    return f"model.{side}.{'' if layer is None else f'layers.{layer}.'}{theirs}.{kind}"


def _their_shape(name: str, parameter: Tensor, vocabulary: PieceVocabulary) -> tuple[int, ...]:
    """The shape that a parameter has in mBART, whose tables have more rows."""
    all_rows = _num_rows(vocabulary)
    if name == "decoder.bias":
        return (1, all_rows)
    if name == "decoder.table.weight":
        return (all_rows, *parameter.shape[1:])
    if name.endswith("entrance.positions.weight"):
        return (FIRST_POSITION + parameter.shape[0], *parameter.shape[1:])
    return tuple(parameter.shape)


def _num_rows(vocabulary: PieceVocabulary) -> int:
    """Rows of mBART's whole table: behind the row of the last language's tag comes <mask>."""
    return int(mbart_rows(vocabulary, language=MBART_LANGUAGES[-1])[BOS]) + 2


def _fitted(name: str, value: Tensor, rows: Int[Tensor, " vocab"]) -> Tensor:
    """What of a tensor of mBART becomes a parameter of ours."""
    if name == "decoder.bias":
        return value[0, rows]
    if name == "decoder.table.weight":
        return value[rows]
    return value[FIRST_POSITION:] if name.endswith("entrance.positions.weight") else value
