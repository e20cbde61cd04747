"""Generative models of signed language, in the order of the book; the number is the chapter.

    shapes             3  arrays whose axes have names, as types
    arguments          2  What a command was given, checked before anything is drawn or trained
    parsing            2  A command line whose every complaint is one sentence, with a guess at what was meant
    commands           2  What each command does: one call into the package, and its result on the terminal
    round_trip        17  There and back with both systems: a sentence becomes glosses, the glosses a clip, and the clip a sentence
    __main__           2  The command line: signlab data | train | translate | produce | evaluate | study | assignment

data: what the models see

    example            2  One signed utterance as every model, reader and figure sees it
    text               3  Sentence to token ids and back
    pieces             9  Sentence to pieces of words and back, cut as SentencePiece's models and mBART cut them
    video              2  File <-> frames <-> clip tensor in [-1, 1]
    batches            2  Examples -> Batch: padding and masks; and which examples meet in which batch
    workers            2  Several processes go through a split side by side, and what they make of it comes out in order
    files              2  Where the project's own data lies: in a checkout, or inside the installed package
    frames             2  A folder of numbered pictures as a clip, and clips of any shape as squares
    listing            2  A corpus on disk: what its splits list, and how one entry becomes an example
    tables             2  Tables of text with a header, separated by commas, semicolons, tabs or bars
    safe_pickle        2  Reads the field's pickles, plain or gzipped, without running anything in them
    sentences          2  PHOENIX14T and CSL-Daily on disk, in the formats in which they are given out
    words              2  WLASL and NMFs-CSL on disk: isolated signs of real signed languages
    poses              2  `.pose` files: where the joints were, in place of what the camera saw
    clips              2  A folder of clips with a table: anybody's own recordings
    tracks             2  RWTH-BOSTON-104: where hands and nose were in 201 sentences
    libras             2  360 real hand paths of Libras, Brazilian Sign Language
    archives           2  Archives that somebody else has made, unpacked without leaving the folder, following links or filling the disk
    sources            2  One name or path in, one corpus out: what a folder holds is found out by looking
    checks             2  What lies under a path: how many examples, and what is wrong

data.puppet: the embedded corpus: an invented code, performed by drawn puppets

    phonology          1  The parameters out of which every sign of the puppet is made
    lexicon            1  The signs of the puppet's code, read from a file that people edit
    body               2  The puppets: sixteen drawn figures that differ in build, tempo, handedness
    hands              2  Handshapes as articulated fingers
    places             2  Where hands go, how palms turn and what paths strokes take, in shoulder widths
    timing             2  An utterance as a score: which sign, which phase and how far along, frame by frame
    face               2  Brows, eyes, mouth and head over time
    skeleton           2  Arms of two links, hands in space, a head that moves: all joints
    motion             2  An utterance becomes movement: the pose of hands, arms and face in every frame
    draw_face          2  The head: hair, brows, eyes and mouth, bold enough to be read at 64 pixels
    render             2  A performance drawn as video: anti-aliased capsules and a face
    meaning            2  What an utterance means, before any sign or word is chosen
    rules              2  The rules of the puppet's grammar, as one value read from its file
    tables             2  What a grammar file says, as tables that can be drawn from and looked up
    table_reader       2  From the lines of the grammar file to entries, frames and kinds of clauses
    rule_reader        2  From the grammar file to `Rules`; every mistake is named with its line
    checked_yaml       2  YAML whose every value knows its line
    number_words       2  Whole numbers as signs and as words
    forks              2  All the ways to say one thing
    glossing           2  What is meant, laid out as signs in time and space
    sentences          2  What is meant, written as an English or a German sentence
    grammar            2  The puppet's grammar: from chance to meaning
    corpus             2  puppet-words and puppet-weather: any example by its number
    splits             2  Who and what may be in train, valid and test, without leaks and with them
    cache              2  A generated split on disk, mapped into memory: drawn once, read at once ever after
    statistics         2  What a corpus of signed sentences is like in numbers, beside the published ones

blocks: mechanisms that both systems use

    positions          3  Where a token stands: in a sequence (fixed waves), in a grid of codes (learnt)
    ragged             3  Sequences of unequal length without their padding: one long row of real tokens, and back
    dropout            6  Dropout whose lots are drawn eight at a time: on a CPU, drawing them one by one takes a fifth of a training
    cache              6  Keys and values that are kept: what a context offers to many queries, and a past that grows
    attention          6  Attention: queries read from a context, under a mask, with a cache for generation
    gaussian           5  Gaussians with independent components: drawn from, shifted, compared
    layers             6  Transformer layers with the norm in front
    quantizer         11  A codebook: each vector is replaced by the nearest of a few learnt codes
    codebooks         11  Two other codebooks: one that learns by gradient, one that finds its own size

translation: CV-SLT: video -> features -> encoder -> latent -> decoder -> sentence

    features           3  Video to features: a small factorised 3D CNN
    augmentation       3  The same sign again, a little different: faster, to one side, less sharp, in other colours
    encoder            3  Feature sequence to context: what each step means, given all the others
    visual_head        9  CV-SLT's visual head: each step seen with its neighbours, and the way from there to a language model's width
    reading            6  Both paths through the encoder in one pass: the clip alone, and the clip beside its sentence
    latent             6  ARGD: what a clip leaves open as a Gaussian at each step, and what its sentence makes of it
    decoder            9  Context to words, each read off the words before it and the context
    model              9  The path from a feature sequence to a sentence, in one forward
    losses             9  What the recogniser and the translator are asked to get right
    word_terms         8  What both paths lose on the words: surprise at the right ones, and disagreement between the paths
    annealing          7  How the weight of a divergence grows while the model learns
    objective          9  What training minimises: the terms, their weights, and how these grow
    oracle             6  What the posterior path would write: oracles that have read the answer, and swaps that show its way
    alignment          6  Does attention look where the sign is? Shares of attention against what the puppet really did
    diagnostics        7  Is the latent used, and does each path read what it is given? Asked of the forward path itself
    search             9  From logits to a sentence: greedily, or with a beam of several at once
    splits             9  What a training reads: splits at hand, their words without their videos
    vocabularies       9  What a translator writes in, words or pieces of words: chosen from the data, kept beside the run
    feature_cache      9  Features of whole splits, computed once and kept on disk
    train_visual       9  Train the word recogniser, and in it the visual encoder
    text_model         9  A translator that has never seen signing: sentences, noised or as glosses, to sentences
    mbart              9  mBART from a local folder: its shape, its weights, and of its table only the rows that are needed
    mbart_folder       9  An mBART's folder: its configuration, and its tensors one at a time
    pretrain           9  Train the text model: what a large language model would bring along, learnt from the grammar
    material           9  What a translator learns from: features, words, and perhaps the weights of a text model
    train              9  Train the translator on feature sequences, computed from video first where need be
    best               9  The weights that have translated best so far, kept beside a run
    evaluate           9  How well a recogniser and a translator do on a split
    evaluate_text      9  How well a text model writes sentences from glosses: what the best of recognisers could hope for
    presets            9  The four scales of the recogniser and the translator
    system             9  Both trained parts together: videos in, sentences out
    baselines          9  What a translator has to beat

production: LMT: gloss and first frame -> codes -> video

    trajectory        12  Trajectory attention: first look into each frame, then along what was seen, frame after frame
    motion            12  The motion transformer: every code's place learns what moves elsewhere, by one of four attentions
    convolutions      12  What the autoencoder is built of: places, convolutions over neighbours in space and time
    autoencoder       11  Stage 1: a clip becomes a small grid of codes, and the codes become the clip again
    perceptual        11  Pictures compared by what a network trained on photographs sees in them
    discriminator     13  Two critics of a clip, one for its pictures and one for its movement, and what each side is told
    losses            11  What the two stages are asked to get right; every term unweighted
    clips             11  A split of isolated signs as clips of one length and size, in memory
    adversarial       13  Training stage 1 against critics: when they begin, what they learn with, and the two steps of an update
    windows           14  Sentences as signs in context: each sign's frames, from the middle of the way to it to the middle of the way on
    train_autoencoder 11  Train stage 1: clips to codes to clips
    codes             14  A split of isolated signs as codes: made once by the frozen autoencoder, then kept
    transformer       14  Stage 2: from a gloss and a first frame to the codes of a clip
    gumbel            15  Seeing through codes: soft choices go through the frozen codebook and decoder, and pixels judge them
    train_transformer 14  Train stage 2: from a gloss and a first frame to codes
    sample            14  Drawing the codes of a clip, one after another, from the latent transformer
    stepping          14  The latent transformer one token at a time: the same numbers, from weights laid out for that
    capturing         14  Steps of one shape, so that a GPU can replay them as one graph instead of launching hundreds of kernels
    train_estimator   16  Train the estimator of poses, on true clips only: an instrument to measure made ones with
    following         12  Does attention follow the hand? Shares of looks into other frames, beside where the hand really is
    judges            16  Who judges clips: a recogniser names the sign, an estimator reads poses, features compare whole sets
    evaluate          16  How good the clips are: by distance, by who recognises what in them, and as sets
    presets           11  The named sizes of both stages, and of the estimator that measures their clips
    system            14  Both stages together, ready for use: a gloss and perhaps a picture become a clip

training: what every training shares

    config             9  Configurations: from JSON and from the command line into frozen dataclasses
    scales             9  The four sizes at which everything can be trained
    schedule           9  How the learning rate goes up and down, and when an update is refused
    device             9  One place that decides on device, precision and processes: Lightning Fabric
    memory             9  Freed memory that a process keeps: on a CPU, getting it anew slows every update
    log                9  What was measured, one JSON line at a time
    progress           9  A progress bar where somebody watches, silence elsewhere
    checkpoint         9  Runs on disk: saved so that a kill at any moment leaves the last good state
    run_folder         9  A run's files: there and whole, or not there
    state_tree         9  An optimizer's state as named tensors and plain JSON, and back
    weights            9  Weights for use: what a run shows to the outside, loading it
    update             9  One update of a model's weights, the same in every training
    groups             9  Which parameters decay, and which learn faster than others
    muon              14  Matrices inside a transformer learn by whole directions, everything else by AdamW

metrics: how near the result is

    text               9  How near sentences are to their references: BLEU with signature, ROUGE-L twice
    protocols          9  The published ways to score translations, by name: what is a token, which marks are made equal, which ROUGE
    video             16  How near one clip is to another: PSNR of frames, of hands and face, of what moves; SSIM; sharpness; steady codes
    frechet           16  How far two sets of clips are apart, each seen as a Gaussian of features: the Frechet distance of FVD
    i3d               16  I3D, the network whose view of clips FVD compares: its layers, and the original weights where they are
    joints            16  How far joints are from where they should be: frame by frame, and after time has been aligned
    estimator         16  An estimator of poses: where every joint is in a clip, and what hands and face show, from pixels alone
    preference        16  What side-by-side ratings say, and how sure one can be: preference, ties, position bias, agreement
    bootstrap          9  How sure a word error rate is, from the sentences it was measured on

study: ablations that one can believe

    design            10  A study before it runs: question, levels, seeds, metrics, and what would count as an answer
    conditions        10  What a run was made with: versions, code, hardware, time and memory
    ledger            10  The ledger: one JSON line for each run, added and never changed
    attempt           10  One run: the runner is called, measured, and what came of it is told as one line
    run               10  Running a study: what the ledger lacks is run, seed by seed, each run in a process of its own
    processes         10  Processes that each make one run of a study, and end with whoever started them
    notebooks         10  Notebooks as runners: papermill executes one for each level and seed, and its numbers reach the ledger
    cluster           10  A study on many machines: Ray deals out the runs, the process that asks for them writes the ledger
    statistics        10  From numbers to what may be said: intervals, paired differences, corrected p-values, a verdict
    report            10  From a ledger to a report: means, differences paired by seed, verdicts, and what is missing
    pages             10  A report as it is read: as Markdown, as a table, as a figure and as the words that stand for it
    claims            10  What becomes of a claim: looked up in a ledger, so that nothing is typed where runs decide
    catalogue         10  The studies that there are, by name: each is imported when it is asked for
    commands          10  The command line of studies: signlab study list | run | report
    coin              10  A study that takes milliseconds: coins that show the four verdicts there can be
    translation       10  One run of a translation study: a translator, trained on a draw of signing, asked all that studies ask
    translation_studies 10  The studies of the translator: what is asked of CV-SLT, and of each of its parts
    production        16  One run of a production study: an autoencoder, or a latent transformer on codes of the shipped one
    production_studies 16  The studies of production: what is asked of LMT's autoencoder and of its latent transformer
    round_trip        17  How much of a sentence comes back, and which arrow loses it: oracles in the place of one step after another
    translation_checks 10  Second looks at what the translator's studies showed, took for granted or left out

show: figures, clips and kernel-less sliders

    style              2  One look for every figure of the book
    page               2  Small pieces of a page that work without a kernel
    figures            2  Figures that more than one chapter draws, and how a figure gets into a page
    dots              10  Dots with intervals: every run of every level, and the mean with its 95 % interval
    clips              2  Clips on a page: as a video to be played, as a strip of frames
    slider             2  A slider over pictures that needs no kernel: the reader's own browser does it all
    rating            16  Clips side by side, to be rated blind in the reader's own browser, with no kernel and no network

teach: what makes a chapter a lesson

    setup              2  What the first cell of every chapter does: seeds, style
    predict            2  A prediction made before the run and met again after it
    checks             2  Checks of the exercises: not attempted, passes, or a diagnosis
    answers           13  A number that a student's function returned, and the mistake that would give it
    failure            2  A failure that a chapter brings about on purpose
    quiz               2  Quizzes that explain every answer, right or wrong, with no kernel and no account
    chapter01          1  Checks of chapter 1's exercises: minimal pairs
    chapter02          2  Checks of chapter 2's exercises: finding a leak, and splitting without one
    chapter03          3  Checks of chapter 3's exercises: frames as images, masks from lengths
    chapter04          4  Checks of chapter 4's exercises: a bound, a draw with a gradient, what a graph promises
    chapter05          5  Checks of chapter 5's exercises: the KL between Gaussians, shifting one
    chapter06          6  Checks of chapter 6's exercises: sharing by counting, places of words, a detector of leaks
    chapter07          7  Checks of chapter 7's exercises: a weight that grows, free bits, components in use
    chapter08          8  Checks of chapter 8's exercises: the KL between two predictions, in three forms
    chapter09          9  Checks of chapter 9's exercises: clipped n-grams, BLEU from its counts, settings from a signature
    chapter10         10  Checks of chapter 10's exercises: a difference paired by seed, Holm's correction, a verdict
    chapter11         11  Checks of chapter 11's exercises: a bridge for gradients, the nearest code, how many codes are in use
    chapter12         12  Checks of chapter 12's exercises: axial attention, trajectory points, receptive fields
    chapter13         13  Checks of chapter 13's exercises: the hinge of both sides, how loud a critic may be, when it may start
    chapter14         14  Checks of chapter 14's exercises: masks with a prefix, chances of codes, a test that finds leaks
    chapter15         15  Checks of chapter 15's exercises: drawing by Gumbel noise, straight-through, a temperature that falls
    chapter16         16  Checks of chapter 16's exercises: a distance of two Gaussians, what it cannot see, time aligned
    chapter17         17  Checks of chapter 17's exercises: a budget of errors, how far a reader may be trusted, whether two readers err together
    chapter18         18  Checks of chapter 18's exercises: what a training costs, whom an interval is about, what a withdrawal takes along

assignment: an ablation for every student of a class, on a corpus of their own

    settings           10  Settings of a student's runs: those of a study, and which corpus is theirs
    poses              10  A translation small enough for a class: from joints in place of video, out of a corpus of the student's own
    clips              11  An autoencoder small enough for a class: eight frames of 32 x 32 pixels, out of a corpus of the student's own
    kinds              10  What a run of an assignment can be: what trains, what its settings are, what it measures
    design             10  An ablation assignment: a study that each student runs on a corpus of their own, and what is asked of it
    reader             10  Assignments as files that people write, ten lines each
    submission         10  What a student hands in, read without trusting it: nothing in it is run, and no file outside it is opened
    notebook           10  The notebook that a student gets: what is asked, cells that run it, cells to write in
    folder             10  The folder that a student gets, works in and hands in
    make               10  Handing out: one folder for each student of a class, with a corpus of their own
    spot               10  One run made again, in a process that may take only so much time and memory, and reaches no network
    doubts             10  What in a ledger cannot be: other corpora, altered numbers, runs made twice, times that contradict each other
    checks             10  Spot checks: which runs are made again, what came of it, and a record so that nothing is made twice
    marks              10  What the program fills in of a rubric, and what it leaves to the instructor
    grade              10  Grading a class: ledgers read, doubted, spot-checked and made into tables, pages and pooled results
    results            10  Results of a class: a table, a page for each student, and all students together
    commands           10  The command line of assignments: signlab assignment list | make | check | grade

The two systems import nothing of each other; `blocks` knows nothing of signing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from signlab import (
        assignment,
        blocks,
        data,
        metrics,
        production,
        show,
        study,
        teach,
        training,
        translation,
    )

__all__ = [
    "assignment",
    "blocks",
    "data",
    "metrics",
    "production",
    "show",
    "study",
    "teach",
    "training",
    "translation",
]


def __getattr__(name: str) -> Any:
    """Import a subpackage when it is first asked for, so that `import signlab` takes no time."""
    if name in __all__:
        return import_module(f"signlab.{name}")
    raise AttributeError(f"module 'signlab' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
