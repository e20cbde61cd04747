"""Checks of chapter 14's exercises: masks with a prefix, chances of codes, a test that finds leaks. Chapter 14."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from signlab.shapes import Bool, Float, Int

NUM_TOKENS = 7
PREFIXES = torch.tensor([3, 0, 5])
VOCAB, NUM_CODES = 5, 6
LOGITS = torch.tensor([[2.0, 0.2, 1.5, -1.0, 1.0], [-0.5, 0.1, 3.0, 0.4, -2.0], [0.3, 0.9, 0.0, 0.6, -0.4]])
HEAT, TOP_K, TOP_P = 0.7, 3, 0.75
SETTINGS = (
    (1.0, None, None),
    (HEAT, None, None),
    (HEAT, TOP_K, None),
    (HEAT, None, TOP_P),
    (HEAT, TOP_K, TOP_P),
)

Guess = Callable[[Float[Tensor, "codes vocab"]], Float[Tensor, "codes vocab"]]


def masks_of(ask: Callable[[Int[Tensor, " batch"], int], Any]) -> str:
    """Exercise 14.1: sequence-to-sequence masks of rows with different prefixes."""
    got = ask(PREFIXES, NUM_TOKENS)
    if not isinstance(got, Tensor):
        return f"Return a tensor; you returned {type(got).__name__}."
    shape = (len(PREFIXES), NUM_TOKENS, NUM_TOKENS)
    if tuple(got.shape) != shape:
        return f"For {len(PREFIXES)} rows of {NUM_TOKENS} tokens the shape is {shape}; yours is {tuple(got.shape)}."
    if got.dtype != torch.bool:
        return f"A mask says yes or no; yours has dtype {got.dtype}. Compare, or end with .bool()."
    right = _masks(PREFIXES)
    if torch.equal(got, right):
        return ""
    mistakes = {
        "All is inside out: True is where a token may look, and yours is True where it may not.": ~right,
        "Rows and columns are exchanged: yours lets tokens look at later ones and not at earlier ones.": right.mT,
        "This is the causal mask: the tokens of the prefix do not yet see one another in both directions.": _masks(
            0 * PREFIXES
        ),
        "The prefix is one token too long: with a prefix of P, tokens 0 to P - 1 belong to it.": _masks(
            PREFIXES + 1
        ),
        "The prefix is one token too short: with a prefix of P, tokens 0 to P - 1 belong to it.": _masks(
            (PREFIXES - 1).clamp(min=0)
        ),
        "Tokens of the prefix see the clip: both tokens, i and j, must belong to the prefix.": _masks(
            PREFIXES
        )
        | (torch.arange(NUM_TOKENS) < PREFIXES[:, None])[:, :, None],
        "The diagonal is closed outside the prefix: a token may look at itself, for it foretells the next one.": _masks(
            PREFIXES, diagonal=-1
        ),
        "One cell too many in each row: every token sees the one after it, which is its answer.": _masks(
            PREFIXES, diagonal=1
        ),
        "The clip does not see the clip: its tokens must also look at those of the clip before them.": _blocks(
            PREFIXES
        ),
        "Every row got the same prefix; each row has its own.": _masks(PREFIXES[:1].expand(len(PREFIXES))),
        "Every row got the longest prefix; each row has its own.": _masks(
            PREFIXES.max().expand(len(PREFIXES))
        ),
    }
    for said, mask in mistakes.items():
        if torch.equal(got, mask):
            return said
    row, i, j = (got != right).nonzero()[0].tolist()
    must = "may" if right[row, i, j] else "may not"
    return f"With a prefix of {PREFIXES[row]}, token {i} {must} look at token {j}; yours says otherwise."


def chances(ask: Callable[..., Any]) -> str:
    """Exercise 14.2: the probability of every code under temperature, top-k and top-p."""
    for temperature, top_k, top_p in SETTINGS:
        got = ask(LOGITS, temperature, top_k, top_p)
        told = f"With temperature {temperature:g}, top_k {top_k} and top_p {top_p}"
        if not isinstance(got, Tensor):
            return f"Return a tensor; you returned {type(got).__name__}."
        if got.shape != LOGITS.shape:
            return f"{told} the shape must stay {tuple(LOGITS.shape)}; yours is {tuple(got.shape)}."
        right = _chances(LOGITS / temperature, top_k, top_p)
        if _alike(got, right):
            continue
        mistaken = _mistaken_chances(temperature, top_k, top_p)
        for said, chance in mistaken:
            if not _alike(chance, right) and _alike(got, chance):
                return said
        if not _alike(got.sum(dim=-1), torch.ones(len(got))):
            return f"{told} your chances do not sum to one in each row: divide by what is left, or use -inf before the softmax."
        row, code = ((got - right).abs() > 1e-4).nonzero()[0].tolist()
        return f"{told}, code {code} of row {row} has a chance of {right[row, code]:.3f}; yours is {got[row, code]:.3f}."
    return ""


def leaks(ask: Callable[..., Any]) -> str:
    """Exercise 14.3: which guesses depend on codes that they must not know."""
    generator = torch.Generator().manual_seed(14)
    soft = F.one_hot(torch.randint(VOCAB, (NUM_CODES,), generator=generator), VOCAB).float()
    honest = torch.ones(NUM_CODES, NUM_CODES).tril(-1).bool()
    one_off, one = honest | torch.eye(NUM_CODES).bool(), honest.clone()
    one_off[1, 4] = one[2, 2] = True
    cases = {
        "a model whose every guess sees its code, and guess 1 also code 4": (one_off, False),
        "a model that sees only what is before": (honest, False),
        "a model whose guess 2 sees code 2": (one, False),
        "a leak whose logits always sum to zero": (one, True),
    }
    for name, (mask, balanced) in cases.items():
        got = ask(_model(mask, balanced=balanced), soft)
        diagnosis = _mistaken_leaks(got, mask, name, balanced=balanced)
        if diagnosis:
            return diagnosis
    return ""


def _masks(prefixes: Int[Tensor, " batch"], diagonal: int = 0) -> Bool[Tensor, "batch tokens tokens"]:
    inside = torch.arange(NUM_TOKENS) < prefixes[:, None]
    order = torch.ones(NUM_TOKENS, NUM_TOKENS, dtype=torch.bool).tril(diagonal)
    return (inside[:, :, None] & inside[:, None]) | order


def _blocks(prefixes: Int[Tensor, " batch"]) -> Bool[Tensor, "batch tokens tokens"]:
    """The prefix open, and all of the clip looking at the prefix and itself alone."""
    inside = torch.arange(NUM_TOKENS) < prefixes[:, None]
    return inside[:, None].expand(-1, NUM_TOKENS, -1) | torch.eye(NUM_TOKENS).bool()


def _alike(got: Tensor, wanted: Tensor) -> bool:
    return torch.allclose(got.detach().float(), wanted, atol=1e-4)


def _ranks(logits: Float[Tensor, "batch vocab"]) -> Int[Tensor, "batch vocab"]:
    """How many codes are likelier."""
    return logits.argsort(dim=-1, descending=True).argsort(dim=-1)


def _likelier(shares: Float[Tensor, "batch vocab"]) -> Float[Tensor, "batch vocab"]:
    """The share that all likelier codes hold."""
    return ((shares[:, None] > shares[:, :, None]) * shares[:, None]).sum(dim=-1)


def _chances(
    logits: Float[Tensor, "batch vocab"], top_k: int | None, top_p: float | None
) -> Float[Tensor, "batch vocab"]:
    kept = _ranks(logits) < (top_k or VOCAB)
    shares = logits.masked_fill(~kept, float("-inf")).softmax(dim=-1)
    if top_p is not None:
        shares = shares * (_likelier(shares) < top_p)
    return shares / shares.sum(dim=-1, keepdim=True)


def _mistaken_chances(
    temperature: float, top_k: int | None, top_p: float | None
) -> list[tuple[str, Float[Tensor, "batch vocab"]]]:
    """Mistakes, and the chances that they give."""
    logits, p = LOGITS / temperature, 1.0 if top_p is None else top_p
    plain = logits.softmax(dim=-1)
    by_k = _chances(logits, top_k, None)
    kept_k = _ranks(logits) < (top_k or VOCAB)
    kept_p = _likelier(by_k) < p
    within = kept_k & (_likelier(by_k) + by_k <= p)
    unsorted = by_k.sort(dim=-1, descending=True).values
    first = by_k.cumsum(dim=-1) - by_k < p
    return [
        (
            "The logits are multiplied by the temperature; divide by it.",
            _chances(LOGITS * temperature, top_k, top_p),
        ),
        ("The temperature does nothing yet.", _chances(LOGITS, top_k, top_p)),
        (
            "What is cut off is gone, but the rest still sums to less than one: divide by its sum.",
            plain * kept_k * kept_p,
        ),
        (
            "What is cut off is gone, but the rest still sums to less than one: divide by its sum.",
            by_k * kept_p,
        ),
        (
            "The codes that are cut off got a logit of 0, and 0 is a chance like any other; take -inf.",
            logits.masked_fill(~(kept_k & kept_p), 0.0).softmax(dim=-1),
        ),
        (
            "One code too few: the code with which the sum reaches p belongs to the nucleus. Compare what all "
            "*likelier* codes hold with p.",
            _renormalised(by_k, within),
        ),
        (
            "One code too few, except that the likeliest stays: the code with which the sum reaches p belongs to "
            "the nucleus.",
            _renormalised(by_k, within | (_ranks(logits) == 0)),
        ),
        (
            "Top-p counted what top-k had cut off: turn what top-k left into chances first.",
            _renormalised(plain, kept_k & (_likelier(plain) < p)),
        ),
        (
            "The chances are in the order of likelihood; give each back to its code.",
            _renormalised(unsorted, unsorted.cumsum(-1) - unsorted < p),
        ),
        (
            "You add the chances up in the order of the codes; sort them first, the likeliest in front.",
            _renormalised(by_k, first),
        ),
        (
            "You keep codes that are each likelier than p; what counts is what the likeliest hold together.",
            _renormalised(by_k, (by_k > p) | (_ranks(logits) == 0)),
        ),
        ("Top-k keeps one code too many.", _chances(logits, None if top_k is None else top_k + 1, top_p)),
        ("Top-k keeps one code too few.", _chances(logits, None if top_k is None else top_k - 1, top_p)),
        ("It is upside down: the likeliest code gets the smallest chance.", _chances(-logits, top_k, top_p)),
        ("Top-k does nothing yet.", _chances(logits, None, top_p)),
        ("Top-p does nothing yet.", by_k),
        (
            "You keep the least likely codes; sort with descending=True.",
            _renormalised(plain, _ranks(logits) >= VOCAB - (top_k or VOCAB)),
        ),
    ]


def _renormalised(shares: Tensor, kept: Tensor) -> Float[Tensor, "batch vocab"]:
    shares = shares * kept
    return shares / shares.sum(dim=-1, keepdim=True).clamp(min=1e-9)


def _model(mask: Bool[Tensor, "codes codes"], *, balanced: bool) -> Guess:
    """A guess for each code from the codes that its row of the mask shows."""
    weights = torch.randn(NUM_CODES, NUM_CODES, VOCAB, VOCAB, generator=torch.Generator().manual_seed(4))
    if balanced:  # whatever is read, the logits of a guess sum to zero
        weights = weights - weights.mean(dim=-1, keepdim=True)
    weights = weights * mask[:, :, None, None]

    def guess(soft: Float[Tensor, "codes vocab"]) -> Float[Tensor, "codes vocab"]:
        return torch.einsum("jv,ijvw->iw", soft, weights)

    return guess


def _mistaken_leaks(got: Any, mask: Bool[Tensor, "codes codes"], name: str, *, balanced: bool) -> str:
    try:
        pairs = sorted((int(i), int(j)) for i, j in got)
    except (TypeError, ValueError):
        return f"Return a list of pairs (i, j); for {name} you returned {type(got).__name__}."
    seen = [(i, j) for i, j in mask.nonzero().tolist()]
    right = [(i, j) for i, j in seen if j >= i]
    if pairs == right:
        return ""
    if not pairs and balanced:
        return (
            f"For {name} you find none. The gradient of a *sum* of logits, or of their softmax, can cancel to zero: "
            "ask each logit of its own (jacobian), or change a code and look at all logits."
        )
    mistakes = {
        "You find none.": [],
        "You also list codes that stand before i; those a guess may know. Keep j >= i.": seen,
        "You list what guesses may know and leave out what they may not: j >= i is the leak.": [
            (i, j) for i, j in seen if j < i
        ],
        "You leave out j = i. Row i is the guess of code i itself, so that is the worst leak of all.": [
            (i, j) for i, j in right if j > i
        ],
        "You only look at j = i; a guess must not know any later code either.": [
            (i, j) for i, j in right if j == i
        ],
        "The pairs are the wrong way round: first the guess i, then the code j.": sorted(
            (j, i) for i, j in right
        ),
        "You list all pairs with j >= i, whether the guess depends on the code or not.": [
            (i, j) for i in range(NUM_CODES) for j in range(i, NUM_CODES)
        ],
    }
    for said, wrong in mistakes.items():
        if pairs == wrong and wrong != right:
            return f"For {name}: {said} Right are {right}."
    return f"For {name} the pairs are {right}; you found {pairs}."
