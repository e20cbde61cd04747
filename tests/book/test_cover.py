"""The cover tells what the shipped models do with the first of their test clips."""

from built_pages import ROOT

from signlab.data.files import shipped
from signlab.data.puppet.corpus import PuppetConfig, PuppetWeather, PuppetWords
from signlab.translation import load_translation


def test_the_cover_says_what_was_signed_what_was_written_and_what_was_asked_for() -> None:
    cover = (ROOT / "book" / "index.md").read_text(encoding="utf-8")
    signed = PuppetWeather(PuppetConfig()).split("test")[0]
    assert signed.video is not None
    written = load_translation(shipped("checkpoints", "translation")).translate([signed.video], beams=5)
    asked = PuppetWords(PuppetConfig(split_rule="leaky-signers", signers=2)).split("test").text(0)
    for words in (f"*{signed.sentences[0]}*", f"*{written[0]}*", f"**{asked.glosses[0]}**"):
        assert words in cover
