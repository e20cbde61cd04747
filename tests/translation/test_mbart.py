"""mBART from a folder: equal to transformers' own on random weights; whatever does not fit is one sentence."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from signlab.blocks.ragged import Ragged
from signlab.data.batches import Batch, pad_sequences
from signlab.data.pieces import PieceVocabulary, mbart_rows
from signlab.data.text import BOS, EOS, PAD, SPECIALS, UNK, written
from signlab.training import grouped, load_config
from signlab.translation.latent import LatentConfig
from signlab.translation.mbart import (
    mbart_config,
    mbart_language,
    mbart_name,
    start_from_mbart,
    start_glosses,
)
from signlab.translation.mbart_folder import PIECES, is_hugging_face
from signlab.translation.model import Memory, SignTranslator, TranslatorConfig
from signlab.translation.presets import text as text_preset
from signlab.translation.presets import translation
from signlab.translation.pretrain import TextTrainingConfig, load_text_model, train_text
from signlab.translation.search import beam_search
from signlab.translation.system import load_translation
from signlab.translation.text_model import TextModel, source_of
from signlab.translation.train import TranslationTrainingConfig, train_translation

from ..data.test_pieces import german
from ..data.test_pieces import train as train_pieces
from .conftest import WORDS, TinyCorpus

transformers = pytest.importorskip("transformers")
transformers.logging.disable_progress_bar()

# Sizes of their own: dim 12, heads 3, 2 + 3 layers, 61 pieces in a table of 88 rows, 7 steps.
SHAPE = {
    "vocab_size": 88, "d_model": 12, "encoder_layers": 2, "decoder_layers": 3, "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48, "encoder_attention_heads": 3, "decoder_attention_heads": 3,
    "max_position_embeddings": 1024, "scale_embedding": True, "init_std": 0.2,
}  # fmt: skip


def theirs_of(seed: int = 0, **changes: Any) -> Any:
    """An mBART of transformers with random weights, norms and biases too."""
    torch.manual_seed(seed)
    model = transformers.MBartForConditionalGeneration(transformers.MBartConfig(**SHAPE | changes)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.2)
        model.final_logits_bias.normal_()
    return model


@pytest.fixture(scope="module")
def theirs() -> Any:
    return theirs_of()


@pytest.fixture(scope="module")
def folder(theirs: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As transformers write it, with the SentencePiece model that mBART comes with."""
    made = tmp_path_factory.mktemp("mbart")
    theirs.save_pretrained(made)
    train_pieces(made / PIECES, german(), vocab_size=61)
    return made


@pytest.fixture(scope="module")
def config(folder: Path) -> TranslatorConfig:
    """Of a translator that keeps the pieces of five sentences, fewer than there are."""
    vocabulary = PieceVocabulary.from_sentences(folder / PIECES, german()[:5])
    assert 20 < len(vocabulary) < 61
    latent = LatentConfig(dim=5)
    return replace(mbart_config(folder), features_dim=3, pieces=vocabulary.store(), latent=latent)


@pytest.fixture(scope="module")
def rows(config: TranslatorConfig) -> Tensor:
    assert config.pieces is not None
    return mbart_rows(PieceVocabulary.opened(config.pieces), language="de_DE")


@pytest.fixture(scope="module")
def ours(folder: Path, config: TranslatorConfig) -> SignTranslator:
    model = SignTranslator(config).eval()
    start_from_mbart(model, folder, language="de")
    return model


def padded(*lengths: int) -> Tensor:
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def test_the_shape_and_the_dropout_of_cv_slt(folder: Path) -> None:
    found = mbart_config(folder)
    assert (found.dim, found.num_encoder_layers, found.num_decoder_layers, found.num_heads) == (12, 2, 3, 3)
    assert (found.learnt_positions, found.tied, found.ends_marked) == (True, True, True)
    assert found.dropouts == (0.3, 0.1, 0.0)
    assert is_hugging_face(folder)
    assert not is_hugging_face(folder.parent)


@torch.no_grad()
def test_encoder_outputs_are_those_of_transformers(theirs: Any, ours: SignTranslator) -> None:
    mask, embedded = padded(7, 4), torch.randn(2, 7, 12)
    layout, places = Ragged(mask), torch.arange(7).expand(2, 7)
    found = layout.unpack(ours.encoder.read(embedded, places, layout))
    expected = theirs.model.encoder(inputs_embeds=embedded, attention_mask=mask.long()).last_hidden_state
    torch.testing.assert_close(found[mask], expected[mask], atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_logits_of_kept_pieces_are_those_of_transformers(
    theirs: Any, ours: SignTranslator, rows: Tensor
) -> None:
    """Teacher-forced, over a context of random vectors with padding."""
    mask, context = padded(7, 4), torch.randn(2, 7, 12)
    tokens = torch.cat([torch.full((2, 1), BOS), torch.randint(EOS, len(rows), (2, 10))], dim=1)
    layout = Ragged(mask)
    found = ours.decoder(tokens, ours.decoder.remember(layout.pack(context), layout), mask)
    outputs = transformers.modeling_outputs.BaseModelOutput(last_hidden_state=context)
    expected = theirs(
        encoder_outputs=outputs, attention_mask=mask.long(), decoder_input_ids=rows[tokens]
    ).logits
    torch.testing.assert_close(found, expected[:, :, rows], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(ours.decoder.embed(tokens), theirs.model.shared(rows[tokens]))


@torch.no_grad()
def test_a_sentence_reads_as_in_transformers(
    theirs: Any, folder: Path, config: TranslatorConfig, rows
) -> None:
    """A text model with mBART's weights: words, </s>, the language's tag in; logits out."""
    model = TextModel(replace(config, glosses=("A", "B"))).eval()
    start_from_mbart(model, folder, language="de_DE")
    said = [model.config.vocabulary.encode(one) for one in german()[:2]]
    assert len(said[0]) != len(said[1])
    shown = pad_sequences([torch.tensor([BOS, *one, EOS]) for one in said])
    assert shown is not None
    batch = Batch(names=("a", "b"), tokens=shown.values, tokens_mask=shown.mask)
    found = model(source_of(said, is_gloss=[False, False]), batch).text
    read = pad_sequences([rows[torch.tensor([*one, EOS, BOS])] for one in said])
    assert read is not None
    logits = theirs(
        input_ids=read.values, attention_mask=read.mask.long(), decoder_input_ids=rows[shown.values[:, :-1]]
    ).logits
    torch.testing.assert_close(found, logits[:, :, rows][shown.mask[:, 1:]], atol=1e-4, rtol=1e-4)


def searched(
    model: Any, ours: SignTranslator, rows: Tensor, context: Tensor, mask: Tensor, **how: Any
) -> Any:
    """What both searches find: ours, and `generate` of a model that has been pruned as ours has been.

    Special tokens are forbidden in both before probabilities are taken; and since mBART's configuration
    forces the last token to be </s>, which ours leaves open, that is switched off.
    """
    special = {"pad_token_id": PAD, "bos_token_id": BOS, "eos_token_id": EOS, "forced_eos_token_id": None}
    pruned = transformers.MBartForConditionalGeneration(
        transformers.MBartConfig(**SHAPE | {"vocab_size": len(rows)} | special)
    ).eval()
    state = {name: one[rows] if one.shape[:1] == (88,) else one for name, one in model.state_dict().items()}
    state["final_logits_bias"] = state["final_logits_bias"][:, rows].clone()
    state["final_logits_bias"][:, [PAD, BOS, UNK]] = -torch.inf
    pruned.load_state_dict(state)
    outputs = transformers.modeling_outputs.BaseModelOutput(last_hidden_state=context)
    generated = pruned.generate(
        encoder_outputs=outputs, attention_mask=mask.long(), decoder_start_token_id=BOS, do_sample=False,
        num_beams=how["beams"], max_new_tokens=how["max_tokens"], length_penalty=1.0,
        early_stopping=how.get("early_stopping", False), output_scores=True, return_dict_in_generate=True,
    )  # fmt: skip
    layout = Ragged(mask)
    memory = Memory(ours.decoder.remember(layout.pack(context), layout), mask)
    found = beam_search(ours, memory, beams=how["beams"], max_tokens=how["max_tokens"])
    return found, generated


def sentences_of(tokens: Tensor) -> list[list[int]]:
    """Without begin, filling and all that follows the end, which `generate` may fill with ends."""
    return [written(row.tolist(), num_ids=97) for row in tokens]


def biased(theirs: Any, ours: SignTranslator, rows: Tensor, eos: float) -> Any:
    """Both models with another bias of the end of a sentence."""
    theirs.final_logits_bias[0, rows[EOS]] = eos
    assert ours.decoder.bias is not None
    ours.decoder.bias.data[EOS] = eos
    return theirs


@torch.no_grad()
def test_five_beams_find_what_generate_finds_while_no_sentence_ends(
    folder: Path, config: TranslatorConfig, rows: Tensor, tmp_path: Path
) -> None:
    """Tokens and scores: where no beam ends early, both searches are the same by definition."""
    shutil.copy(folder / PIECES, tmp_path)
    for seed in range(3):
        theirs = theirs_of(seed)
        theirs.save_pretrained(tmp_path)
        ours = SignTranslator(config).eval()
        start_from_mbart(ours, tmp_path, language="de")
        theirs = biased(theirs, ours, rows, -100.0)
        found, generated = searched(
            theirs, ours, rows, torch.randn(2, 7, 12), padded(7, 4), beams=5, max_tokens=11
        )
        assert sentences_of(found.tokens) == sentences_of(generated.sequences)
        torch.testing.assert_close(found.scores, generated.sequences_scores, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_enough_beams_find_what_generate_finds(
    theirs: Any, folder: Path, config: TranslatorConfig, ours: SignTranslator
) -> None:
    """Three pieces, four tokens: both find the best of all 121 sentences, and so divide by the same length."""
    assert config.pieces is not None
    few = PieceVocabulary(folder / PIECES, config.pieces.pieces[:3])
    model = SignTranslator(replace(config, pieces=few.store())).eval()
    start_from_mbart(model, folder, language="de")
    rows, lengths = mbart_rows(few, language="de_DE"), set()
    for seed in range(5):
        torch.manual_seed(seed)
        context = torch.randn(2, 7, 12) * 3
        found, generated = searched(
            biased(theirs, model, rows, 1.0), model, rows, context, padded(7, 4), beams=128, max_tokens=4
        )
        assert sentences_of(found.tokens) == sentences_of(generated.sequences)
        torch.testing.assert_close(found.scores, generated.sequences_scores, atol=1e-5, rtol=1e-4)
        lengths |= {len(one) for one in sentences_of(found.tokens)}
    assert len(lengths) > 1


@torch.no_grad()
def test_where_sentences_end_early_generate_keeps_more_beginnings_alive(
    theirs: Any, ours: SignTranslator, rows: Tensor
) -> None:
    """There the two searches differ by definition: ours narrows, `generate` takes the next best beginning.

    They agree mostly, and where they do not, `generate` finds something likelier.
    """
    equal = []
    for seed in range(7):
        torch.manual_seed(seed)
        context = torch.randn(2, 7, 12) * 3
        found, generated = searched(
            biased(theirs, ours, rows, 3.0), ours, rows, context, padded(7, 4), beams=5, max_tokens=11
        )
        for row, (one, other) in enumerate(
            zip(sentences_of(found.tokens), sentences_of(generated.sequences), strict=True)
        ):
            equal.append(one == other)
            assert found.scores[row] <= generated.sequences_scores[row] + 1e-4
    assert sum(equal) > 9


def test_what_is_filled_is_named_and_the_rest_learns_at_its_own_rate(
    folder: Path, config: TranslatorConfig
) -> None:
    model = SignTranslator(replace(config, glosses=("A",)))
    known = start_from_mbart(model, folder, language="de")
    new = {name for name, _ in model.named_parameters()} - known
    assert {name.split(".")[0] for name in new} == {"latent", "to_gloss", "encoder"}
    assert {name for name in new if name.startswith("encoder")} == {
        "encoder.to_stream.weight", "encoder.to_stream.bias",
    }  # fmt: skip
    factors = {
        parameter: group["rate_factor"]
        for group in grouped(model, weight_decay=0.0, known=known, new_rate=7.0)
        for parameter in group["params"]
    }
    assert {name for name, one in model.named_parameters() if factors[one] == 7.0} == new


def test_several_files_hold_what_one_holds(
    theirs: Any, folder: Path, config: TranslatorConfig, ours: SignTranslator, tmp_path: Path
) -> None:
    theirs.save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 2
    model = SignTranslator(config)
    start_from_mbart(model, tmp_path, language="de")
    torch.testing.assert_close(model.decoder.state_dict(), ours.decoder.state_dict())


def test_sixteen_bits_and_another_name_of_the_table_will_do(
    theirs: Any, config: TranslatorConfig, ours: SignTranslator, tmp_path: Path
) -> None:
    """And old files lack the bias: it is zero then."""
    from safetensors.torch import load_file, save_file

    theirs.save_pretrained(tmp_path)
    weights = {name: one.half() for name, one in load_file(tmp_path / "model.safetensors").items()}
    weights["lm_head.weight"] = weights.pop("model.shared.weight")
    del weights["final_logits_bias"]
    save_file(weights, tmp_path / "model.safetensors")
    model = SignTranslator(config)
    assert "decoder.bias" in start_from_mbart(model, tmp_path, language="de")
    torch.testing.assert_close(model.decoder.table.weight, ours.decoder.table.weight, atol=1e-3, rtol=1e-3)
    assert model.decoder.bias is not None
    assert not model.decoder.bias.any()


def test_names_by_hand() -> None:
    named = {
        "encoder.layers.11.attention.to_out.weight": "model.encoder.layers.11.self_attn.out_proj.weight",
        "decoder.layers.0.memory_attention.to_k.bias": "model.decoder.layers.0.encoder_attn.k_proj.bias",
        "decoder.layers.0.feed_forward.to_hidden.bias": "model.decoder.layers.0.fc1.bias",
        "decoder.norm.weight": "model.decoder.layer_norm.weight",
        "encoder.entrance.norm.bias": "model.encoder.layernorm_embedding.bias",
        "decoder.table.weight": "model.shared.weight",
        "decoder.bias": "final_logits_bias",
        "encoder.to_stream.weight": None,
        "latent.to_prior.weight": None,
        "glosses.weight": None,
    }
    assert {name: mbart_name(name) for name in named} == named


def test_languages_by_name_and_by_tag() -> None:
    assert [mbart_language(one) for one in ("de", "zh", "en_XX")] == ["de_DE", "zh_CN", "en_XX"]
    for unknown in ("", "d", "puppet"):
        with pytest.raises(ValueError, match=f"but this is '{unknown}'; set language to one of its 25 tags"):
            mbart_language(unknown)


def changed(folder: Path, out: Path, **changes: Any) -> Path:
    """A copy with another configuration."""
    shutil.copytree(folder, out, dirs_exist_ok=True)
    given = json.loads((folder / "config.json").read_text())
    (out / "config.json").write_text(json.dumps(given | changes))
    return out


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"encoder_ffn_dim": 47}, "must have encoder_ffn_dim=48 to become .* has 47; take one"),
        ({"decoder_ffn_dim": 96}, "must have decoder_ffn_dim=48 to become .* has 96"),
        ({"activation_function": "relu"}, "must have activation_function='gelu' to .* has 'relu'"),
        ({"scale_embedding": False}, "must have scale_embedding=True to .* has False"),
        ({"tie_word_embeddings": False}, "must have tie_word_embeddings=True to .* has False"),
        ({"max_position_embeddings": 512}, "must have max_position_embeddings=1024 to .* has 512"),
        ({"decoder_attention_heads": 2}, "must have decoder_attention_heads=3 to .* has 2"),
        ({"d_model": None}, "must say d_model, but says None"),
        ({"encoder_layers": "two"}, "must say encoder_layers, but says 'two'"),
        ({"model_type": "bart"}, "must be an mBART's, but is one of 'bart'"),
    ],
)
def test_an_mbart_that_is_made_otherwise_is_refused(
    folder: Path, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        mbart_config(changed(folder, tmp_path, **changes))


def test_a_silent_configuration_is_read_as_transformers_read_it(folder: Path, tmp_path: Path) -> None:
    given = json.loads((folder / "config.json").read_text())
    for name in ("tie_word_embeddings", "max_position_embeddings", "activation_function"):
        del given[name]
    (tmp_path / "config.json").write_text(json.dumps(given))
    assert mbart_config(tmp_path) == mbart_config(folder)
    del given["scale_embedding"]
    (tmp_path / "config.json").write_text(json.dumps(given))
    with pytest.raises(ValueError, match=r"must have scale_embedding=True to .* has False"):
        mbart_config(tmp_path)


@pytest.mark.parametrize("content", [None, "{", "[1]", '{"d_model": 12}'])
def test_a_folder_without_an_mbarts_configuration_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(
        ValueError, match=r"must have a config\.json, but|must be an mBART's, but it names no"
    ):
        mbart_config(tmp_path)
    assert not is_hugging_face(tmp_path)


def only_pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def without_a_tensor(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    del weights["model.decoder.layers.2.fc1.weight"]
    save_file(weights, folder / "model.safetensors")


def with_a_wrong_index(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text("[]")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (
            only_pickled,
            r"has only pytorch_model\.bin, a pickle, .*; convert it, once, with transformers: MBart",
        ),
        (lambda folder: (folder / "model.safetensors").unlink(), "has neither; fetch it whole"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"x" * 59), "but it is damaged"),
        (with_a_wrong_index, r"index\.json must hold mBART's weights, but it is damaged"),
        (without_a_tensor, r"has no model\.decoder\.layers\.2\.fc1\.weight; save it once more"),
    ],
)
def test_weights_that_are_not_there_or_not_whole_are_one_sentence(
    folder: Path, config: TranslatorConfig, tmp_path: Path, damage: Callable[[Path], Any], told: str
) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    damage(tmp_path)
    with pytest.raises(ValueError, match=told):
        start_from_mbart(SignTranslator(config), tmp_path, language="de")


def test_a_table_of_other_languages_is_refused(config: TranslatorConfig, tmp_path: Path) -> None:
    """mBART-50 has 27 languages more, and begins its sentences otherwise."""
    theirs_of(vocab_size=88 + 27).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"must have the shape \(1, 88\), but has \(1, 115\); .* mBART-cc25"):
        start_from_mbart(SignTranslator(config), tmp_path, language="de")


def test_a_translator_of_another_shape_or_of_words_is_refused(folder: Path, config: TranslatorConfig) -> None:
    other = replace(config, num_decoder_layers=1, num_heads=2)
    with pytest.raises(
        ValueError,
        match=r"num_decoder_layers, but .* has 3 .* 1; set model.num_decoder_layers=3, model.num_heads=3\.",
    ):
        start_from_mbart(SignTranslator(other), folder, language="de")
    words = replace(config, pieces=None, words=("a", "b"))
    with pytest.raises(ValueError, match=r"but this one writes words; give it sentencepiece\.bpe\.model of"):
        start_from_mbart(SignTranslator(words), folder, language="de")


def test_a_training_starts_from_a_folder_and_its_run_needs_the_folder_no_more(
    theirs: Any, tracks: TinyCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The language is told by the data; who reads and writes in another one says so."""
    said = [f"first {one} , then {other} ." for one in WORDS.values() for other in WORDS.values()]
    folder = tmp_path / "mbart"
    train_pieces(tmp_path / PIECES, said, vocab_size=23)
    theirs_of(vocab_size=23 + 27).save_pretrained(folder)
    shutil.move(tmp_path / PIECES, folder / PIECES)
    spoken = TinyCorpus(
        tracks.name,
        {name: [replace(one, language="en") for one in tracks.split(name)] for name in tracks.splits},
    )
    config = replace(translation("smoke"), model=mbart_config(folder), steps=2, warmup_steps=1, new_rate=3.0)
    train_translation(config, corpus=spoken, run=tmp_path / "run", text=folder)
    found = load_config(tmp_path / "run", TranslationTrainingConfig)
    assert found.language == "en"
    assert (tmp_path / "run" / found.text_run).resolve() == folder.resolve()
    shutil.rmtree(folder)
    monkeypatch.setattr(PieceVocabulary, "_made", {})
    assert len(load_translation(tmp_path / "run").translate_examples(spoken.split("test")[:2])) == 2


@torch.no_grad()
def test_a_gloss_begins_as_the_mean_of_the_pieces_of_its_name(
    theirs: Any, folder: Path, config: TranslatorConfig
) -> None:
    """ "HEUTE" is cut as "heute" is, into two pieces, whether or not sentences need these."""
    model = TextModel(replace(config, glosses=("VIEL", "HEUTE")))
    before = model.glosses.weight[: len(SPECIALS)].clone()
    start_glosses(model.glosses, ("VIEL", "HEUTE"), folder)
    cut = PieceVocabulary(folder / PIECES, ("▁heu", "te", "▁viel"))
    heu, te, viel = theirs.model.shared.weight[mbart_rows(cut, language="de_DE")[len(SPECIALS) :]]
    found = model.glosses.weight[len(SPECIALS) :]
    torch.testing.assert_close(found, torch.stack([viel, (heu + te) / 2]))
    assert torch.equal(model.glosses.weight[: len(SPECIALS)], before)


def test_from_mbart_to_a_text_model_to_a_translator(
    folder: Path, sentences: TinyCorpus, visual_run: Path, tmp_path: Path
) -> None:
    """The three stages of the published recipe that need no video, two updates each."""
    spoken = TinyCorpus(
        sentences.name,
        {name: [replace(one, language="de") for one in sentences.split(name)] for name in sentences.splits},
    )
    shape = mbart_config(folder)
    tables = ("glosses", "decoder.table")
    short = replace(text_preset("smoke"), model=shape, steps=2, warmup_steps=1, frozen=tables)
    train_text(short, corpus=spoken, run=tmp_path / "text", text=folder)
    text = load_config(tmp_path / "text", TextTrainingConfig)
    assert (tmp_path / "text" / text.text_run).resolve() == folder.resolve()
    model = load_text_model(tmp_path / "text")
    before = TextModel(model.config)
    start_from_mbart(before, folder, language="de")
    start_glosses(before.glosses, model.config.glosses, folder)
    now = model.state_dict()
    changed = {name for name, value in before.state_dict().items() if not torch.equal(value, now[name])}
    assert "decoder.bias" in changed
    assert not changed & {f"{table}.weight" for table in tables} - {"glosses.weight"}
    named = slice(len(SPECIALS), None)  # rows of special tokens are drawn by lot
    assert torch.equal(before.glosses.weight[named], now["glosses.weight"][named])
    config = replace(translation("smoke"), model=shape, steps=2, warmup_steps=1, slow=("encoder.to_stream",))
    common = {"corpus": spoken, "visual": visual_run, "text": tmp_path / "text"}
    train_translation(config, run=tmp_path / "run", **common)
    found = load_translation(tmp_path / "run").config
    assert found.model.pieces == text.model.pieces
    with pytest.raises(ValueError, match=r"must have its dim, .*; set model\.dim=12\."):
        train_text(
            replace(short, model=replace(shape, dim=15)), corpus=spoken, run=tmp_path / "no", text=folder
        )
    with pytest.raises(ValueError, match=r"but got pieces=.* beside text=.*; leave one of them out"):
        train_text(short, corpus=spoken, run=tmp_path / "no", text=folder, pieces=folder / PIECES)


def test_data_without_a_language_need_one(folder: Path, tracks: TinyCorpus, tmp_path: Path) -> None:
    config = replace(translation("smoke"), model=mbart_config(folder), steps=2, warmup_steps=1)
    with pytest.raises(ValueError, match="but this is ''; set language to one of its 25 tags"):
        train_translation(config, corpus=tracks, run=tmp_path / "run", text=folder)
    with pytest.raises(
        ValueError, match=r"has 2 and the translator 1; set model.num_encoder_layers=2, .*model\.dim=12"
    ):
        train_translation(translation("smoke"), corpus=tracks, run=tmp_path / "run", text=folder)
