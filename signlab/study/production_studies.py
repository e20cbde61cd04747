"""The studies of production: what is asked of LMT's autoencoder and of its latent transformer. Chapter 16.

All were written down before their first run. The first metric decides.
"""

from functools import partial

from signlab.study.design import Level, Metric, Study
from signlab.study.production import SMALL_AUTOENCODER, SMALL_TRANSFORMER

SEEDS = (0, 1, 2, 3, 4)
FIRST, SECOND = "autoencoder", "latent"  # one ledger for each stage
SIZES = (64, 256, 512, 1024, 2048, 8192)

PSNR = Metric(name="psnr", unit="dB", higher_is_better=True, words="PSNR of unseen puppets")
HAND = Metric(name="hand_psnr", unit="dB", higher_is_better=True, words="PSNR in the hands' boxes")
FACE = Metric(name="face_psnr", unit="dB", higher_is_better=True, words="PSNR in the face's box")
MOTION = Metric(name="motion_psnr", unit="dB", higher_is_better=True, words="PSNR of changes between frames")
SHARP = Metric(name="sharpness", words="energy of edges, the clips' own = 1")
SHAPE = Metric(name="handshape", unit="%", higher_is_better=True, words="handshapes read right")
MARKED = Metric(name="marked", unit="%", higher_is_better=True, words="marked faces read right")
NAMED = Metric(name="recognised", unit="%", higher_is_better=True, words="signs named right")
DISTANCE = Metric(name="distance", higher_is_better=False, words="Frechet distance (proxy: word recogniser)")
STEADY = Metric(
    name="steadiness", unit="%", higher_is_better=True, words="codes that stay where nothing moves"
)
VARIED = Metric(name="perplexity", words="perplexity of the codes")
BITS = Metric(name="bits", words="bits a clip")
FOLLOWED = Metric(name="followed", unit="%", words="looks that follow the hand into another frame")
STAYED = Metric(name="stayed", unit="%", words="looks that stay where it was")
EVEN = Metric(name="even", unit="%", words="either, if all places were looked at alike")
COST = Metric(name="cpu_seconds", unit="s", words="processor time of a run")
NATS = Metric(name="nats", unit="nats", higher_is_better=False, words="nats a code, new clips")
HAND_ERROR = Metric(
    name="hand_error", higher_is_better=False, words="finger joints off, in shoulder widths, aligned"
)
IDENTITY = Metric(
    name="identity_psnr", unit="dB", higher_is_better=True, words="PSNR of the first frame asked for"
)

of_clips = partial(Study, seeds=SEEDS, pool=FIRST, common=SMALL_AUTOENCODER)
of_codes = partial(Study, seeds=SEEDS, pool=SECOND, common=SMALL_TRANSFORMER)
SEES = ("perceptual_weight=0.1",)
HEARS = ("adversarial.start=400", "adversarial.alone=50")
IN_PIXELS = "pixels.reconstruction_weight=1"
IN_FEATURES = "pixels.perceptual_weight=1"

CRITICS = of_clips(
    name="critics",
    question="What do a perceptual distance and critics change?",
    factor="what judges the reconstruction besides its pixels",
    levels=(
        Level(name="VQ-VAE", note="pixels and commitment"),
        Level(name="perceptual", settings=SEES, note="and the distance in VGG16's features"),
        Level(name="critics", settings=HEARS, note="and critics of pictures and clips"),
        Level(name="VQ-GAN", settings=(*SEES, *HEARS), note="all of it"),
    ),
    reference="VQ-VAE",
    metrics=(DISTANCE, PSNR, HAND, FACE, SHARP, SHAPE, MARKED, NAMED, MOTION, COST),
    smallest=5.0,
    answer="The VQ-GAN is better if its clips are nearer to real ones as a set; what that costs, PSNR says.",
)

MOTION_ATTENTION = of_clips(
    name="motion",
    question="Which attention should the motion transformer have, and does any follow the hand?",
    factor="the encoder's motion transformer",
    levels=(
        Level(name="trajectory", settings=("model.encoder_motion.attention=trajectory",)),
        Level(
            name="prototypes",
            settings=("model.encoder_motion.attention=orthoformer",),
            note="its approximation",
        ),
        Level(
            name="axial", settings=("model.encoder_motion.attention=axial",), note="what LMT compares with"
        ),
        Level(name="joint", settings=("model.encoder_motion.attention=joint",)),
        Level(name="none", note="convolutions only"),
    ),
    reference="axial",
    metrics=(PSNR, HAND, MOTION, SHAPE, NAMED, FOLLOWED, STAYED, EVEN, VARIED, COST),
    smallest=0.1,
    answer="LMT's claim holds here if trajectory is detectably better than axial by what matters.",
)

CODEBOOK = of_clips(
    name="codebook",
    question="How many codes are enough?",
    factor="entries of the codebook",
    levels=tuple(Level(name=f"{size}", settings=(f"model.num_codes={size}",), value=size) for size in SIZES),
    reference="1024",
    metrics=(PSNR, HAND, SHAPE, NAMED, VARIED, BITS),
    smallest=0.1,
    answer="Enough are the fewest codes from which on a doubling brings no difference that matters.",
)

KIND = of_clips(
    name="codes",
    question="Should codes be running means or learn by gradient, and can a codebook find its own size?",
    factor="how the codebook learns",
    levels=(
        Level(name="running means", note="1,024 of them"),
        Level(
            name="gradient",
            settings=("model.codebook=gradient", "model.free_batches=0"),
            note="1,024 that are weights",
        ),
        Level(
            name="adaptive",
            settings=("model.codebook=adaptive", "model.num_codes=8192", "model.free_batches=0"),
            note="grows and is pruned until a tenth of the variance is lost",
        ),
    ),
    reference="running means",
    metrics=(PSNR, HAND, SHAPE, NAMED, VARIED, BITS),
    smallest=0.1,
    answer="A codebook is better if PSNR is, at no more bits a clip.",
)

SIGHT = of_clips(
    name="sight",
    question="What should an encoder see around a patch?",
    factor="what the encoder sees",
    levels=(
        Level(name="clip", note="neighbours in space and time, and which place it is"),
        Level(
            name="frame", settings=("model.encoder_sees=frame",), note="those in space, and which place it is"
        ),
        Level(name="patch", settings=("model.encoder_sees=patch",), note="the patch alone"),
    ),
    reference="clip",
    metrics=(PSNR, STEADY, VARIED, HAND, SHAPE, NAMED),
    smallest=0.1,
    answer="Less is better if PSNR does not suffer and codes are steadier, so that stage 2 has less to foretell.",
)

WEIGHTED = of_clips(
    name="hands",
    question="What does it help the hands and the face to be weighed, and what does it cost the rest?",
    factor="weights of hands and face",
    levels=(
        Level(name="as the frame", settings=("hands_weight=0", "face_weight=0")),
        Level(name="shipped", note="hands .4, face .1"),
        Level(name="heavy", settings=("hands_weight=1.6", "face_weight=0.4")),
    ),
    reference="as the frame",
    metrics=(SHAPE, HAND, FACE, MARKED, PSNR, NAMED),
    smallest=2.0,
    answer="Weights help if more handshapes are read right; PSNR of the frame says what they cost.",
)

MASK = of_codes(
    name="mask",
    question="Is it better to read the prefix in both directions?",
    factor="the mask",
    levels=(
        Level(name="sequence-to-sequence"),
        Level(name="causal", settings=("model.mask=causal",)),
    ),
    reference="causal",
    metrics=(NATS, NAMED, HAND_ERROR, SHAPE, IDENTITY, DISTANCE),
    smallest=0.01,
    answer="LMT's claim holds here if the open prefix has detectably fewer nats a code.",
)

GLOSS = of_codes(
    name="gloss",
    question="How should the gloss reach the tokens of the clip?",
    factor="what the gloss adds to a token",
    levels=(
        Level(name="vector", settings=("model.gloss_maps=false",), note="the same at every place"),
        Level(name="map", note="and what it says of the place"),
    ),
    reference="vector",
    metrics=(NAMED, HAND_ERROR, NATS, SHAPE, IDENTITY, DISTANCE),
    smallest=5.0,
    answer="A map is better if more of the generated clips are named right.",
)

PIXELS = of_codes(
    name="pixels",
    question="Do losses in pixels, through Gumbel-softmax, make better clips than cross-entropy alone?",
    factor="what is added to the cross-entropy",
    levels=(
        Level(name="codes alone"),
        Level(name="pixels", settings=(IN_PIXELS, "pixels.every=2")),
        Level(name="features", settings=(IN_FEATURES, "pixels.every=2")),
        Level(name="both", settings=(IN_PIXELS, IN_FEATURES, "pixels.every=2")),
        Level(
            name="both at 1",
            settings=(IN_PIXELS, IN_FEATURES, "pixels.every=2", "pixels.last_temperature=1"),
            note="temperature 1 throughout",
        ),
        Level(
            name="both soft",
            settings=(IN_PIXELS, IN_FEATURES, "pixels.every=2", "pixels.straight_through=false"),
            note="mixtures of codes in place of choices",
        ),
    ),
    reference="codes alone",
    metrics=(DISTANCE, NAMED, NATS, HAND_ERROR, SHAPE, IDENTITY, COST),
    smallest=5.0,
    answer="They do if the generated clips are nearer to real ones as a set, or named right more often.",
)

CONTEXT = of_codes(
    name="context",
    question="Does it help to learn signs where they stand in sentences?",
    factor="what is learnt from",
    levels=(
        Level(name="words", note="isolated signs"),
        Level(name="sentences", settings=("learns=sentences",), note="the same signs, cut out of sentences"),
        Level(name="both", settings=("learns=both",)),
    ),
    reference="words",
    metrics=(NAMED, HAND_ERROR, SHAPE, DISTANCE, NATS),
    smallest=5.0,
    answer="It does if isolated signs are named right more often; nats are of each level's own kind of clips.",
)

STAGE_1 = {study.name: study for study in (CRITICS, MOTION_ATTENTION, CODEBOOK, KIND, SIGHT, WEIGHTED)}
STAGE_2 = {study.name: study for study in (MASK, GLOSS, PIXELS, CONTEXT)}
