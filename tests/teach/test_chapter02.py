"""Answers to chapter 2's exercises, right and wrong."""

from signlab.teach.checks import check


def leaks_by_sets(train, test):
    signers, sentences = {signer for signer, _ in train}, {sentence for _, sentence in train}
    return {(signer, sentence) for signer, sentence in test if signer in signers or sentence in sentences}


def leaks_by_loops(train, test):
    leaking = []
    for clip in test:
        for other in train:
            if clip[0] == other[0] or clip[1] == other[1]:
                leaking.append(clip)
                break
    return leaking


def leaks_both(train, test):
    signers, sentences = {a for a, _ in train}, {b for _, b in train}
    return [clip for clip in test if clip[0] in signers and clip[1] in sentences]


def split_by_sets(clips, test_signers):
    test = [clip for clip in clips if clip[0] in test_signers]
    tested = {sentence for _, sentence in test}
    return [clip for clip in clips if clip[0] not in test_signers and clip[1] not in tested], test


def split_by_removal(clips, test_signers):
    train, test = list(clips), []
    for clip in clips:
        if clip[0] in test_signers:
            train.remove(clip)
            test.append(clip)
    for _, sentence in test:
        train = [clip for clip in train if clip[1] != sentence]
    return [train, test]


def signers_only(clips, test_signers):
    return [c for c in clips if c[0] not in test_signers], [c for c in clips if c[0] in test_signers]


def shared_sentences_into_test(clips, test_signers):
    tested = {sentence for signer, sentence in clips if signer in test_signers}
    test = [clip for clip in clips if clip[1] in tested]
    return [clip for clip in clips if clip not in test], test


def drop_from_test(clips, test_signers):
    train, test = signers_only(clips, test_signers)
    trained = {sentence for _, sentence in train}
    return train, [clip for clip in test if clip[1] not in trained]


def in_order(clips, test_signers):
    return clips[:6], clips[6:]


def without_repeats(clips, test_signers):
    train, test = split_by_sets(clips, test_signers)
    return set(train), set(test)


ANSWERS = {
    "2.1": {
        "stub": lambda train, test: ...,
        "right": [leaks_by_sets, leaks_by_loops],
        "wrong": [
            (lambda train, test: set(train) & set(test), "A leak is subtler"),
            (leaks_both, "either alone tells a model too much"),
            (
                lambda train, test: [c for c in test if c[0] in {s for s, _ in train}],
                "You find shared signers",
            ),
            (
                lambda train, test: [c for c in test if c[1] in {s for _, s in train}],
                "You find shared sentences",
            ),
            (lambda train, test: leaks_by_sets(test, train), "These are training clips"),
            (lambda train, test: set(test) - leaks_by_sets(train, test), "does not leak"),
            (lambda train, test: test, "every test clip"),
            (lambda train, test: [0, 1, 2, 3], "positions or flags"),
            (lambda train, test: len(leaks_by_sets(train, test)), "clips themselves"),
            (lambda train, test: [], "four leak"),
            (lambda train, test: test[:4], "without any leak"),
            (lambda train, test: test.clear() or train["ada"], "stopped with TypeError"),
        ],
    },
    "2.2": {
        "stub": lambda clips, test_signers: None,
        "right": [split_by_sets, split_by_removal],
        "wrong": [
            (signers_only, "'fog' is trained on"),
            (shared_sentences_into_test, "belongs in neither list"),
            (drop_from_test, "leave clips out of training instead"),
            (in_order, "A test signer is among the training clips"),
            (without_repeats, "a set drops repeated clips"),
            (lambda clips, signers: split_by_sets(clips, signers)[::-1], "exchanged"),
            (lambda clips, signers: clips, "Return two lists"),
            (lambda clips, signers: ([], split_by_sets(clips, signers)[1]), "Training should keep"),
        ],
    },
}


def test_an_answer_gets_its_verdict(attempt) -> None:
    exercise, answer, status, piece = attempt
    verdict = check(exercise, answer)
    assert verdict.status == status
    assert piece in verdict.diagnosis
