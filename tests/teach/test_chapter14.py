"""Answers to chapter 14's exercises, right and wrong."""

import torch

from signlab.teach.checks import check


def solution_masks(prefixes, num):
    place = torch.arange(num)
    inside = place < prefixes[:, None]
    return (inside[:, :, None] & inside[:, None]) | (place <= place[:, None])


def masks_by_columns(prefixes, num):
    """The columns of the prefix are open in every row, which comes to the same."""
    masks = torch.tril(torch.ones(len(prefixes), num, num)).bool()
    for row, prefix in enumerate(prefixes.tolist()):
        masks[row, :, :prefix] = True
    return masks


def opened(prefixes, num, by=0, diagonal=0):
    masks = torch.ones(len(prefixes), num, num).tril(diagonal).bool()
    for row, prefix in enumerate(prefixes.tolist()):
        end = max(0, prefix + by)
        masks[row, :end, :end] = True
    return masks


def rows_opened(prefixes, num):
    masks = opened(prefixes, num)
    for row, prefix in enumerate(prefixes.tolist()):
        masks[row, :prefix] = True
    return masks


def clip_apart(prefixes, num):
    masks = torch.eye(num).bool().repeat(len(prefixes), 1, 1)
    for row, prefix in enumerate(prefixes.tolist()):
        masks[row, :, :prefix] = True
    return masks


def solution_chances(logits, temperature, top_k, top_p):
    logits = logits / temperature
    if top_k is not None:
        least = logits.topk(top_k, dim=-1).values[:, -1:]
        logits = logits.masked_fill(logits < least, -torch.inf)
    shares = logits.softmax(dim=-1)
    if top_p is not None:
        ordered, order = shares.sort(dim=-1, descending=True)
        likelier = ordered.cumsum(dim=-1) - ordered
        kept = (likelier < top_p).gather(1, order.argsort(dim=-1))
        shares = shares * kept
    return shares / shares.sum(dim=-1, keepdim=True)


def chances_in_order(logits, temperature, top_k, top_p):
    """In the order of likelihood first, and scattered back at the end."""
    ordered, order = (logits / temperature).sort(dim=-1, descending=True)
    shares = ordered[:, :top_k].softmax(dim=-1)
    if top_p is not None:
        reached = shares.cumsum(dim=-1) >= top_p
        after = reached.cumsum(dim=-1) - reached.int() > 0
        shares = shares.masked_fill(after, 0)
    shares = shares / shares.sum(dim=-1, keepdim=True)
    return torch.zeros_like(logits).scatter(1, order[:, :top_k], shares)


def nucleus(shares, kept):
    """The shares of what is kept, each row summing to one."""
    shares = shares * kept
    return shares / shares.sum(dim=-1, keepdim=True)


def without_renormalising(logits, temperature, top_k, top_p):
    return (logits / temperature).softmax(dim=-1) * (solution_chances(logits, temperature, top_k, top_p) > 0)


def zeros_for_minus_infinity(logits, temperature, top_k, top_p):
    kept = solution_chances(logits, temperature, top_k, top_p) > 0
    return ((logits / temperature) * kept).softmax(dim=-1)


def one_too_few(logits, temperature, top_k, top_p):
    shares = solution_chances(logits, temperature, top_k, None)
    if top_p is None:
        return shares
    ordered, order = shares.sort(dim=-1, descending=True)
    kept = ordered.cumsum(dim=-1) <= top_p
    kept[:, 0] = True
    return nucleus(shares, kept.gather(1, order.argsort(dim=-1)))


def left_in_order(logits, temperature, top_k, top_p):
    shares = solution_chances(logits, temperature, top_k, top_p)
    return shares if top_p is None else shares.sort(dim=-1, descending=True).values


def unsorted(logits, temperature, top_k, top_p):
    shares = solution_chances(logits, temperature, top_k, None)
    return shares if top_p is None else nucleus(shares, shares.cumsum(dim=-1) - shares < top_p)


def untruncated(logits, temperature, top_k, top_p):
    """Top-p of what was there before top-k."""
    by_k = solution_chances(logits, temperature, top_k, None)
    by_p = solution_chances(logits, temperature, None, top_p)
    return nucleus(by_k, by_p > 0)


def depends(guess, soft):
    how = torch.autograd.functional.jacobian(guess, soft)
    return how.abs().amax(dim=(1, 3)) > 0


def solution_leaks(guess, soft):
    return [(i, j) for i, j in depends(guess, soft).nonzero().tolist() if j >= i]


def by_changing_codes(guess, soft):
    before, found = guess(soft), set()
    for j in range(len(soft)):
        for other in range(soft.shape[1]):
            changed = soft.clone()
            changed[j] = torch.eye(soft.shape[1])[other]
            moved = (guess(changed) - before).abs().amax(dim=1) > 1e-6
            found |= {(i, j) for i in range(j + 1) if moved[i]}
    return sorted(found)


def by_sums(guess, soft):
    soft = soft.clone().requires_grad_()
    logits = guess(soft)
    pairs = []
    for i in range(len(soft)):
        if not logits[i].requires_grad:
            continue
        (gradient,) = torch.autograd.grad(logits[i].sum(), soft, retain_graph=True)
        pairs += [(i, j) for j in range(i, len(soft)) if gradient[j].abs().sum() > 1e-5]
    return pairs


ANSWERS = {
    "14.1": {
        "stub": lambda prefixes, num: ...,
        "right": [solution_masks, masks_by_columns, opened],
        "wrong": [
            (lambda p, n: ~solution_masks(p, n), "inside out"),
            (lambda p, n: solution_masks(p, n).mT, "Rows and columns are exchanged"),
            (lambda p, n: opened(0 * p, n), "the causal mask"),
            (lambda p, n: opened(p, n, by=1), "one token too long"),
            (lambda p, n: opened(p, n, by=-1), "one token too short"),
            (rows_opened, "Tokens of the prefix see the clip"),
            (lambda p, n: opened(p, n, diagonal=-1), "The diagonal is closed"),
            (lambda p, n: opened(p, n, diagonal=1), "One cell too many"),
            (clip_apart, "The clip does not see the clip"),
            (lambda p, n: opened(p[:1].expand(len(p)), n), "Every row got the same prefix"),
            (lambda p, n: opened(p.max().expand(len(p)), n), "Every row got the longest prefix"),
            (lambda p, n: solution_masks(p, n)[0], "yours is (7, 7)"),
            (lambda p, n: solution_masks(p, n).float(), "dtype torch.float32"),
            (lambda p, n: solution_masks(p, n).tolist(), "you returned list"),
            (lambda p, n: torch.ones(len(p), n, n).bool(), "token 0 may not look at token 3"),
        ],
    },
    "14.2": {
        "stub": lambda logits, temperature, top_k, top_p: None,
        "right": [solution_chances, chances_in_order],
        "wrong": [
            (lambda x, t, k, p: solution_chances(x * t * t, t, k, p), "multiplied by the temperature"),
            (lambda x, t, k, p: solution_chances(x, 1.0, k, p), "The temperature does nothing"),
            (without_renormalising, "sums to less than one"),
            (zeros_for_minus_infinity, "got a logit of 0"),
            (one_too_few, "One code too few"),
            (untruncated, "what top-k had cut off"),
            (left_in_order, "in the order of likelihood"),
            (unsorted, "in the order of the codes"),
            (lambda x, t, k, p: solution_chances(x, t, None if k is None else k + 1, p), "one code too many"),
            (lambda x, t, k, p: solution_chances(x, t, None, p), "Top-k does nothing"),
            (lambda x, t, k, p: solution_chances(x, t, k, None), "Top-p does nothing"),
            (lambda x, t, k, p: solution_chances(-x, t, k, p), "upside down"),
            (
                lambda x, t, k, p: solution_chances(x.masked_fill(x == x.max(), 0), t, k, p),
                "code 0 of row 1 has a chance of",
            ),
            (lambda x, t, k, p: solution_chances(x, t, k, p)[0], "the shape must stay"),
            (lambda x, t, k, p: 2 * solution_chances(x, t, k, p), "do not sum to one"),
            (lambda x, t, k, p: solution_chances(x, t, k, p).tolist(), "you returned list"),
        ],
    },
    "14.3": {
        "stub": lambda guess, soft: ...,
        "right": [solution_leaks, by_changing_codes],
        "wrong": [
            (by_sums, "can cancel to zero"),
            (lambda g, s: depends(g, s).nonzero().tolist(), "guess may know. Keep j >= i"),
            (lambda g, s: [(i, j) for i, j in solution_leaks(g, s) if j > i], "leave out j = i"),
            (lambda g, s: [(i, j) for i, j in solution_leaks(g, s) if j == i], "any later code"),
            (lambda g, s: [(j, i) for i, j in solution_leaks(g, s)], "the wrong way round"),
            (
                lambda g, s: [(i, j) for i, j in depends(g, s).nonzero().tolist() if j < i],
                "leave out what they may not",
            ),
            (
                lambda g, s: [(i, j) for i in range(len(s)) for j in range(i, len(s))],
                "whether the guess depends",
            ),
            (lambda g, s: [], "You find none"),
            (lambda g, s: solution_leaks(g, s)[1:], "you found [(1, 1), (1, 4)"),
            (lambda g, s: len(solution_leaks(g, s)), "you returned int"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis
