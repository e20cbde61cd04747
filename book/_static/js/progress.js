// What a reader has seen and answered, kept by the reader's own browser on this computer and sent nowhere.
(() => {
  const OWN = "signlab/", page = location.pathname.split("/").pop().replace(/\.html$/, "");
  const store = (() => { try { return window.localStorage; } catch { return null; } })();
  const read = (key) => { try { return store.getItem(OWN + key); } catch { return null; } };
  const write = (key, value) => { try { store.setItem(OWN + key, value); } catch { /* full, or not allowed */ } };
  const keys = () => { try { return Object.keys(store).filter((key) => key.startsWith(OWN)); } catch { return []; } };

  // Chosen all that is right and nothing else; of a number, the answer that it falls under.
  const isRight = (form) => {
    const answers = JSON.parse(form.dataset.answers), number = form.querySelector(".sl-number");
    if (number) {
      const given = Number(number.value.trim().replace(",", "."));
      if (!number.value.trim() || Number.isNaN(given)) return null;
      const hit = answers.find((a) => !a.otherwise && given >= a.low && given <= a.high);
      return Boolean(hit && hit.correct);
    }
    const inputs = [...form.querySelectorAll("input")];
    if (!inputs.some((input) => input.checked)) return null;
    return answers.every((answer, at) => Boolean(answer.correct) === inputs[at].checked);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target, quiz = form.closest("[data-signlab=quiz]");
    if (!quiz || !form.dataset.answers) return;
    const right = isRight(form), key = `answer/${page}/${[...quiz.querySelectorAll("form")].indexOf(form)}`;
    if (right !== null && read(key) !== "right") write(key, right ? "right" : "wrong");
  }, true);

  const everything = () => Object.fromEntries(keys().sort().map((key) => [key, store.getItem(key)]));

  const fill = (table) => {
    table.querySelectorAll("tr[data-page]").forEach((row) => {
      const name = row.dataset.page, [seen, answered, right] = row.querySelectorAll("td");
      const given = keys().filter((key) => key.startsWith(`${OWN}answer/${name}/`)).map((key) => store.getItem(key));
      seen.textContent = read(`page/${name}`) || "–";
      answered.textContent = row.dataset.questions ? `${given.length} of ${row.dataset.questions}` : "–";
      right.textContent = row.dataset.questions ? `${given.filter((one) => one === "right").length}` : "–";
    });
  };

  const enliven = (root) => {
    const said = root.querySelector("[role=status]"), [save, erase] = root.querySelectorAll("button");
    const table = document.querySelector("table.kept");
    root.hidden = false;
    fill(table);
    save.addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(everything(), null, 1)], { type: "application/json" }));
      link.download = "signlab-progress.json";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      said.textContent = `${keys().length} entries written to signlab-progress.json.`;
    });
    erase.addEventListener("click", () => {
      if (erase.dataset.sure !== "yes") {
        erase.dataset.sure = "yes";
        erase.textContent = "Erase: press again to be sure";
        return;
      }
      const gone = keys();
      gone.forEach((key) => store.removeItem(key));
      erase.dataset.sure = "";
      erase.textContent = "Erase all of it";
      fill(table);
      said.textContent = `${gone.length} entries erased from this computer.`;
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    const root = document.getElementById("signlab-progress");
    if (root) enliven(root);
    else if (/^(ch\d\d-|tour$)/.test(page) && !read(`page/${page}`)) write(`page/${page}`, new Date().toISOString().slice(0, 10));
  });
})();
