"""Steps of one shape, so that a GPU can replay them as one graph instead of launching hundreds of kernels. Chapter 14."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from signlab.blocks.cache import KeyValueCache
from signlab.production.stepping import laid_out
from signlab.production.transformer import LatentTransformer
from signlab.shapes import Float, Int

WARM_UP = 3  # steps before the capture, as torch.cuda.CUDAGraph wants them


class CapturedStepper:
    """As `Stepper`, with tensors that never change place or shape.

    Keys and values of all tokens have their room from the start, and those that are not there yet are hidden:
    more to read than with a cache that grows, but every step is the same program. On a CUDA GPU it is captured
    once and replayed; elsewhere it is computed as it is, which only serves to compare.

    Args:
        transformer: In eval mode; not to be changed while this is in use, which copies some of its weights only.
        glosses: Of each clip, as in `LatentTransformer.forward`.
        caches: One a layer, with the keys and values of the prefix; they are copied and stay as they are.

    Source: ours; `LatentTransformer.step` gives the same.
    """

    def __init__(
        self,
        transformer: LatentTransformer,
        glosses: Int[Tensor, " batch"],
        caches: Sequence[KeyValueCache],
    ) -> None:
        self.weights, device = laid_out(transformer, glosses), glosses.device
        num, start = len(self.weights.places), caches[0].length
        held = [cache.padded(num) for cache in caches]
        self.keys, self.values = [one.keys for one in held], [one.values for one in held]
        self.numbers = torch.arange(num, device=device)
        self.place = torch.full((1,), start, device=device)  # of the token that is read next
        self.codes = torch.zeros(len(self.weights.near), len(glosses), dtype=torch.long, device=device)
        self.foretold = self._step()  # only for its shape: the first call writes all of this step again
        self.replay = _captured(self._again) if device.type == "cuda" else self._again

    def __call__(self, written: Int[Tensor, "batch written"]) -> Float[Tensor, "batch vocab"]:
        """The logits of the code that follows those written so far, of which the last has not been read yet.

        Every call returns the same tensor, written anew.
        """
        self.place.fill_(written.shape[1])
        torch.stack(self.weights.read_at(written), out=self.codes)
        self.replay()
        return self.foretold

    def _again(self) -> None:
        self.foretold.copy_(self._step())

    def _step(self) -> Float[Tensor, "batch vocab"]:
        return self.weights.logits(self.weights.token(self.place, list(self.codes)), self._reading)

    def _reading(self, layer: int, offered: Float[Tensor, "3 batch heads 1 width"]) -> Tensor:
        keys, values = self.keys[layer], self.values[layer]
        asked, key, value = (part.to(keys.dtype) for part in offered)
        keys.index_copy_(2, self.place, key)
        values.index_copy_(2, self.place, value)
        hidden = self.numbers > self.place
        return (asked @ keys.mT).masked_fill(hidden, float("-inf")).softmax(dim=-1) @ values


def _captured(work: Callable[[], None]) -> Callable[[], None]:
    """The work as a CUDA graph; what it writes is written again at each replay, from tensors that stay in place."""
    beside = torch.cuda.Stream()
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(WARM_UP):
            work()
    torch.cuda.current_stream().wait_stream(beside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay
