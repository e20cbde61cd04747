"""Reading an mBART's folder, without transformers: files made by hand."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from signlab.translation.mbart_folder import (
    CONFIG,
    INDEX,
    WEIGHTS,
    MBartWeights,
    is_hugging_face,
    read_config,
)

SIZES = {"d_model": 12, "encoder_layers": 2, "decoder_layers": 3, "encoder_attention_heads": 3}
TABLE, MAP = torch.arange(6.0).reshape(3, 2), torch.ones(2, 5)


def test_a_configuration_is_read_and_known_by_its_type(tmp_path: Path) -> None:
    assert not is_hugging_face(tmp_path)
    (tmp_path / CONFIG).write_text(json.dumps(SIZES | {"model_type": "mbart", "other": "things"}))
    assert is_hugging_face(tmp_path)
    assert read_config(tmp_path)["encoder_layers"] == 2
    (tmp_path / CONFIG).write_text(json.dumps(SIZES | {"model_type": "mbart", "d_model": True}))
    with pytest.raises(ValueError, match="must say d_model, but says True"):
        read_config(tmp_path)


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("name", ["model.shared", "lm_head"])
def test_tensors_lie_in_one_file_or_several_and_the_table_has_four_names(
    tmp_path: Path, name: str, several: bool
) -> None:
    if several:
        save_file({f"{name}.weight": TABLE}, tmp_path / "first.safetensors")
        save_file({"model.map": MAP}, tmp_path / "second.safetensors")
        files = {f"{name}.weight": "first.safetensors", "model.map": "second.safetensors"}
        (tmp_path / INDEX).write_text(json.dumps({"weight_map": files}))
    else:
        save_file({f"{name}.weight": TABLE, "model.map": MAP}, tmp_path / WEIGHTS)
    weights = MBartWeights(tmp_path)
    assert torch.equal(weights.read("model.shared.weight", (3, 2)), TABLE)
    assert torch.equal(weights.read("model.map", (2, 5)), MAP)
    assert torch.equal(weights.read("final_logits_bias", (1, 3)), torch.zeros(1, 3))
    with pytest.raises(ValueError, match=r"model\.map of .* must have the shape \(5, 2\), but has \(2, 5\)"):
        weights.read("model.map", (5, 2))
    with pytest.raises(ValueError, match=r"has no model\.other; save it once more"):
        weights.read("model.other", (1,))


def test_a_file_that_is_gone_since_is_one_sentence(tmp_path: Path) -> None:
    save_file({"model.map": MAP}, tmp_path / WEIGHTS)
    weights = MBartWeights(tmp_path)
    (tmp_path / WEIGHTS).unlink()
    with pytest.raises(ValueError, match="must hold mBART's weights, but it is damaged"):
        weights.read("model.map", (2, 5))
