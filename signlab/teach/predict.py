"""A prediction made before the run and met again after it. Chapter 2.

Saying first what one expects is what makes a result stick. On a page the prediction stays in the reader's
own browser (its localStorage) and goes nowhere; where a browser may store nothing, as Colab's output frames
may not, a variable in the notebook does the same.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from signlab.show.page import Html, escape, phrase, widget


@dataclass(frozen=True, slots=True, repr=False)
class Prediction:
    """A question to be answered before the run; shows itself, and is confronted with the result later."""

    name: str
    question: str
    options: tuple[str, ...]

    def _repr_html_(self) -> str:
        return self.shown().html

    def __repr__(self) -> str:
        return "\n".join([self.question, *(f"  {at}. {option}" for at, option in enumerate(self.options, 1))])

    def shown(self) -> Html:
        choices = "".join(
            f'<label class="sl-option"><input type="radio" name="prediction" value="{at}" autocomplete="off">'
            f"<span>{phrase(option)}</span></label>"
            for at, option in enumerate(self.options, start=1)
        )
        form = (
            f'<form class="tex2jax_process" data-name="{escape(_key(self.name))}"><fieldset>'
            f"<legend>{phrase(self.question)}</legend>{choices}"
            f'<button class="sl-check" type="submit" hidden>Keep my prediction</button>'
            f'<div class="sl-feedback" role="status"></div>'
            f'<p class="sl-without">Decide for one of these before you read on.</p></fieldset></form>'
        )
        return widget("predict", form, label="Predict", package="signlab.teach", text=repr(self))


def predict(name: str, question: str, options: Sequence[str]) -> Prediction:
    """Ask for a prediction.

    Args:
        name: Unique in the book, for example "ch01-parameters".
        question: One question.
        options: Three or four answers to choose from.
    """
    if not 2 <= len(options) <= 5:
        raise ValueError(f"A prediction offers two to five options, but {name!r} offers {len(options)}.")
    return Prediction(name, question, tuple(options))


def confront(
    prediction: Prediction, *, right: int, run_says: str, because: str, said: int | None = None
) -> Html:
    """The prediction beside the result.

    Args:
        prediction: As asked before.
        right: The option that the run bears out, counted from 1.
        run_says: What the run gave, in one sentence; put in numbers of the run, do not type them.
        because: Why, and what most people expect instead.
        said: The option chosen, counted from 1, if it is known to the notebook and not only to the page.

    Raises:
        ValueError: If an option is named that does not exist.
    """
    count = len(prediction.options)
    for name, option in (("right", right), ("said", said)):
        if option is not None and not 1 <= option <= count:
            raise ValueError(
                f"{name} must name an option from 1 to {count} of {prediction.name!r}, not {option}."
            )
    result = f"The run says: {run_says}"
    by_page = {str(at): phrase(option) for at, option in enumerate(prediction.options, start=1)}
    if said is None:
        told, attributes = "", ' class="sl-said" hidden'
    else:
        verdict = "So it is." if said == right else "The run says otherwise."
        told, attributes = f"You said: {phrase(prediction.options[said - 1])} <strong>{verdict}</strong>", ""
    name = _key(prediction.name) if said is None else ""
    live = f' class="sl-confront" data-name="{escape(name)}" data-right="{right}"' if said is None else ""
    options = f' data-options="{escape(json.dumps(by_page, ensure_ascii=False))}"' if said is None else ""
    inside = (
        f"<div{live}{options}><p{attributes}>{told}</p><p>{phrase(result)}</p><p>{phrase(because)}</p></div>"
    )
    before = [] if said is None else [f"You said: {prediction.options[said - 1]}"]
    text = "\n".join([*before, result, because])
    return widget("predict", inside, label="Your prediction and the run", package="signlab.teach", text=text)


def _key(name: str) -> str:
    return f"signlab/prediction/{name}"
