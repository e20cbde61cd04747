"""An mBART's folder: its configuration, and its tensors one at a time. Chapter 9.

It is one that Hugging Face's transformers have written: config.json, the weights as safetensors in one file or
several, and the SentencePiece model. Neither transformers nor unpickling is needed to read it.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

CONFIG, WEIGHTS, PIECES = "config.json", "model.safetensors", "sentencepiece.bpe.model"
INDEX, PICKLED = f"{WEIGHTS}.index.json", "pytorch_model.bin"
ONE_TABLE = ("model.shared", "model.encoder.embed_tokens", "model.decoder.embed_tokens", "lm_head")


def is_hugging_face(folder: Path) -> bool:
    """Whether a folder's config.json is one of transformers, which names the model's type."""
    try:
        return "model_type" in json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


class MBartWeights:
    """The tensors of a folder, each read when it is asked for.

    Args:
        folder: Of the mBART.

    Raises:
        ValueError: If the folder has none as safetensors, or they are damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = self._found()
        table = next((one for one in ONE_TABLE if f"{one}.weight" in self.files), ONE_TABLE[0])
        self.other_names = {f"{ONE_TABLE[0]}.weight": f"{table}.weight"}

    def read(self, name: str, shape: tuple[int, ...]) -> Tensor:
        """One tensor; zeros for the bias that old files leave out."""
        name = self.other_names.get(name, name)
        if name not in self.files:
            if name == "final_logits_bias":
                return torch.zeros(shape)
            raise ValueError(
                f"mBART's weights must be whole, but {self.folder} has no {name}; save it once more with "
                "MBartForConditionalGeneration.save_pretrained."
            )
        try:
            with safe_open(self.files[name], framework="pt") as file:
                found = tuple(file.get_slice(name).get_shape())
                if found == shape:
                    return file.get_tensor(name)
        except (SafetensorError, OSError) as error:
            raise _damaged(self.files[name], error) from error
        raise ValueError(
            f"{name} of {self.folder} must have the shape {shape}, but has {found}; its {CONFIG}, its weights and "
            f"{PIECES} must be those of one mBART-cc25."
        )

    def _found(self) -> dict[str, Path]:
        """In which file each tensor lies."""
        whole, index = self.folder / WEIGHTS, self.folder / INDEX
        try:
            if whole.is_file():
                with safe_open(whole, framework="pt") as file:
                    return dict.fromkeys(file.keys(), whole)
            if index.is_file():
                parts = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
                return {name: self.folder / part for name, part in parts.items()}
        except (SafetensorError, OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise _damaged(whole if whole.is_file() else index, error) from error
        if any(self.folder.glob(f"{PICKLED}*")):
            raise ValueError(
                f"mBART's weights must be {WEIGHTS}, but {self.folder} has only {PICKLED}, a pickle, which could run "
                f"anything; convert it, once, with transformers: "
                "MBartForConditionalGeneration.from_pretrained(FOLDER).save_pretrained(OTHER)."
            )
        raise ValueError(
            f"mBART's weights must be {WEIGHTS} or {INDEX}, but {self.folder} has neither; fetch it whole."
        )


def read_config(folder: Path) -> dict[str, Any]:
    """The configuration of an mBART, with all its sizes.

    Raises:
        ValueError: If it is missing, damaged or another model's, or does not say a size.
    """
    path = folder / CONFIG
    if not path.is_file():
        raise ValueError(f"An mBART must have a {CONFIG}, but {folder} has none; give the folder of one.")
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        kind = given["model_type"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} must be an mBART's, but it names no model_type or is damaged; fetch it again."
        ) from error
    if kind != "mbart":
        raise ValueError(f"{path} must be an mBART's, but is one of {kind!r}; take mbart-large-cc25.")
    for name in ("d_model", "encoder_layers", "decoder_layers", "encoder_attention_heads"):
        if type(given.get(name)) is not int or given[name] < 1:
            raise ValueError(f"{path} must say {name}, but says {given.get(name)!r}; fetch it again.")
    return given


def _damaged(path: Path, error: Exception) -> ValueError:
    return ValueError(f"{path} must hold mBART's weights, but it is damaged ({error}); fetch it again.")
