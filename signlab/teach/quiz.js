// A question answers itself: every choice carries its own explanation, read out politely.
(() => {
  const enliven = (root) => {
    root.dataset.ready = "yes";
    root.querySelectorAll(".sl-without").forEach((part) => part.remove());

    root.querySelectorAll("form").forEach((form) => {
      const answers = JSON.parse(form.dataset.answers);
      const feedback = form.querySelector(".sl-feedback"), numeric = form.querySelector(".sl-number");
      const tell = (sentences) => {
        feedback.replaceChildren(...sentences.map((sentence) => {
          const line = document.createElement("p");
          line.innerHTML = sentence;
          return line;
        }));
      };

      const judgeNumber = () => {
        const given = Number(numeric.value.trim().replace(",", "."));
        if (!numeric.value.trim() || Number.isNaN(given)) return ["Please type a number."];
        const close = (a) => given >= a.low && given <= a.high;
        const hit = answers.find((a) => !a.otherwise && close(a)) || answers.find((a) => a.otherwise);
        return [hit.says];
      };
      const judgeChoices = () => {
        const inputs = [...form.querySelectorAll("input")];
        const chosen = answers.filter((_, at) => inputs[at].checked);
        if (!chosen.length) return ["Please choose first."];
        const missing = answers.filter((a, at) => a.correct && !inputs[at].checked).length;
        const says = chosen.map((a) => a.says);
        if (missing && inputs[0].type === "checkbox" && chosen.every((a) => a.correct)) {
          says.push(missing === 1 ? "One more is right." : missing + " more are right.");
        }
        return says;
      };

      form.querySelector(".sl-check").hidden = false;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        tell(numeric ? judgeNumber() : judgeChoices());
      });
      form.addEventListener("input", () => feedback.replaceChildren());
    });
  };

  document.querySelectorAll("[data-signlab=quiz]:not([data-ready])").forEach(enliven);
})();
