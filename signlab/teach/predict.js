// A prediction is kept by the reader's own browser, on this computer, and shown again beside the result.
(() => {
  const keep = (name, value) => { try { localStorage.setItem(name, value); return true; } catch { return false; } };
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };

  const ask = (root, form) => {
    const name = form.dataset.name, feedback = form.querySelector(".sl-feedback");
    const inputs = [...form.querySelectorAll("input")];
    const tell = (sentence) => { feedback.textContent = sentence; };
    const before = inputs.find((input) => input.value === kept(name));
    if (before) before.checked = true;
    form.querySelector(".sl-check").hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = inputs.find((input) => input.checked);
      if (!chosen) return tell("Please choose first.");
      const stays = keep(name, chosen.value);
      tell(stays ? "Kept on this computer. Read on; the answer comes below."
        : "This page may not store anything here: remember your choice. The answer comes below.");
      document.querySelectorAll("[data-signlab=predict]").forEach((other) => {
        other.dispatchEvent(new Event("signlab-predicted"));
      });
    });
  };

  const confront = (root, place) => {
    const said = JSON.parse(place.dataset.options)[kept(place.dataset.name)];
    const line = place.querySelector(".sl-said");
    if (said === undefined) line.textContent = "You have not made a prediction.";
    else line.innerHTML = "You said: " + said + (kept(place.dataset.name) === place.dataset.right
      ? " <strong>So it is.</strong>" : " <strong>The run says otherwise.</strong>");
    line.hidden = false;
  };

  document.querySelectorAll("[data-signlab=predict]:not([data-ready])").forEach((root) => {
    root.dataset.ready = "yes";
    root.querySelectorAll(".sl-without").forEach((part) => part.remove());
    const form = root.querySelector("form"), place = root.querySelector(".sl-confront");
    if (form) ask(root, form);
    if (place) {
      confront(root, place);
      root.addEventListener("signlab-predicted", () => confront(root, place));
    }
  });
})();
