// Pictures and one control for each factor; the picture shown is the one the controls agree on.
(() => {
  const slow = matchMedia("(prefers-reduced-motion: reduce)");

  const enliven = (root) => {
    root.dataset.ready = "yes";
    const find = (selector) => root.querySelector(selector);
    const stage = find(".sl-stage"), controls = find(".sl-controls"), heard = find(".sl-heard");
    const range = find("input[type=range]"), value = find(".sl-value");
    const play = find("[data-do=play]"), words = JSON.parse(range.dataset.values);
    const pictures = [...root.querySelectorAll("img[data-at]")].sort((a, b) => a.dataset.at - b.dataset.at);
    let timer = 0;

    const choice = () => {
      const chosen = find("input[type=radio]:checked");
      return chosen ? Number(chosen.value) : 0;
    };
    const show = () => {
      const at = choice() * words.length + Number(range.value);
      pictures.forEach((picture, i) => { picture.hidden = i !== at; });
      value.textContent = words[range.value];
      range.setAttribute("aria-valuetext", words[range.value]);
      if (!timer) heard.textContent = pictures[at].alt;
    };
    const pause = () => {
      clearInterval(timer);
      timer = 0;
      if (play) play.textContent = "Play";
    };
    const step = (by) => {
      range.value = (Number(range.value) + by + words.length) % words.length;
      show();
    };
    const toggle = () => {
      if (timer) {
        pause();
        show();
      } else {
        // Who asked for less motion gets one picture a second at most.
        const rate = slow.matches ? Math.min(1, Number(stage.dataset.fps)) : Number(stage.dataset.fps);
        timer = setInterval(() => step(1), 1000 / rate);
        play.textContent = "Pause";
      }
    };

    stage.append(...pictures);
    root.querySelectorAll(".sl-without").forEach((part) => part.remove());
    controls.hidden = false;
    controls.addEventListener("submit", (event) => event.preventDefault());
    controls.addEventListener("input", () => { pause(); show(); });
    controls.addEventListener("click", (event) => {
      const task = event.target.dataset.do;
      if (task === "play") toggle();
      if (task === "back") { pause(); step(-1); }
      if (task === "next") { pause(); step(1); }
    });
    show();
    heard.textContent = "";
  };

  document.querySelectorAll("[data-signlab=slider]:not([data-ready])").forEach(enliven);
})();
