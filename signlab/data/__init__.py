"""What the models see: examples, corpora real and generated, batches.

The names below are imported when they are first asked for, since readers need packages that a model in
use does not.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signlab.data.batches import Batch, collate
    from signlab.data.checks import check_corpus
    from signlab.data.example import Corpus, SignExample
    from signlab.data.files import shipped
    from signlab.data.sources import open_corpus
    from signlab.data.text import Vocabulary
    from signlab.data.video import read_video, write_mp4

_HOMES = {
    "Batch": "batches",
    "Corpus": "example",
    "SignExample": "example",
    "Vocabulary": "text",
    "check_corpus": "checks",
    "collate": "batches",
    "open_corpus": "sources",
    "read_video": "video",
    "shipped": "files",
    "write_mp4": "video",
}
__all__ = [
    "Batch",
    "Corpus",
    "SignExample",
    "Vocabulary",
    "check_corpus",
    "collate",
    "open_corpus",
    "read_video",
    "shipped",
    "write_mp4",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"signlab.data.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'signlab.data' has no attribute {name!r}; it has {', '.join(__all__)}")
