// Pairs of clips, one after another; order and sides are drawn here, and ratings stay in this browser.
(() => {
  const slow = matchMedia("(prefers-reduced-motion: reduce)");
  const keep = (name, value) => { try { localStorage.setItem(name, value); return true; } catch { return false; } };
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const drop = (name) => { try { localStorage.removeItem(name); } catch { /* nothing was kept */ } };

  const shuffled = (list) => {
    const mixed = [...list];
    for (let last = mixed.length - 1; last > 0; last -= 1) {
      const other = Math.floor(Math.random() * (last + 1));
      [mixed[last], mixed[other]] = [mixed[other], mixed[last]];
    }
    return mixed;
  };

  const enliven = (root) => {
    root.dataset.ready = "yes";
    const find = (selector) => root.querySelector(selector);
    const live = find(".rt-live"), where = find(".rt-where"), ask = find(".rt-ask"), told = find(".sl-feedback");
    const range = find("input[type=range]"), value = find(".sl-value"), play = find("[data-do=play]");
    const out = find(".rt-out"), text = find("textarea");
    const boxes = ["left", "right"].map((side) => find("[data-side=" + side + "]"));
    const plan = JSON.parse(live.dataset.plan), name = live.dataset.name, frames = Number(live.dataset.frames);
    const strips = [...root.querySelectorAll(".rt-strips img")];
    // A clip that is compared with itself lies there once.
    const clips = plan.map((one, at) => {
      const mine = strips.filter((strip) => strip.alt.includes(": pair " + (at + 1) + ", "));
      return [mine[0], mine[mine.length - 1]];
    });
    let state = null, timer = 0;

    const fresh = () => {
      const order = shuffled(plan.map((_, at) => at));
      const turned = plan.map(() => Math.random() < 0.5);
      const second = shuffled(order).slice(0, Number(live.dataset.repeats));
      const trials = [...order.map((at) => [at, turned[at]]), ...second.map((at) => [at, !turned[at]])];
      return { trials, choices: [] };
    };
    const restored = () => {
      try {
        const old = JSON.parse(kept(name));
        return old.trials.every(([at]) => at < plan.length) && Array.isArray(old.choices) ? old : null;
      } catch { return null; }
    };
    const show = () => {
      boxes.forEach((box) => {
        if (box.firstChild) box.firstChild.style.transform = "translateX(" + -100 * (range.value - 1) / frames + "%)";
      });
      value.textContent = range.value + " of " + frames;
      range.setAttribute("aria-valuetext", value.textContent);
    };
    const pause = () => { clearInterval(timer); timer = 0; play.textContent = "Play both"; };
    const toggle = () => {
      if (timer) { pause(); return; }
      // Who asked for less motion gets one picture a second at most.
      const rate = slow.matches ? Math.min(1, Number(live.dataset.fps)) : Number(live.dataset.fps);
      timer = setInterval(() => { range.value = Number(range.value) % frames + 1; show(); }, 1000 / rate);
      play.textContent = "Pause";
    };
    const turn = () => {
      pause();
      range.value = 1;
      const done = state.choices.length, all = state.trials.length, over = done === all;
      where.textContent = over ? "All " + all + " pairs rated. Thank you." : "Pair " + (done + 1) + " of " + all;
      [find(".rt-sides"), find(".rt-time"), ask].forEach((part) => { part.hidden = over; });
      if (!over) {
        const [at, turned] = state.trials[done];
        const both = turned ? [clips[at][1], clips[at][0]] : clips[at];
        boxes.forEach((box, side) => {
          const picture = both[side].cloneNode();
          picture.alt = picture.alt.split(": pair ")[0] + ", " + box.dataset.side;
          box.replaceChildren(picture);
        });
        ask.reset();
        show();
      }
    };
    const rows = () => state.choices.map((choice, done) => {
      const [at, turned] = state.trials[done], [one, other] = plan[at].kinds;
      return { pair: plan[at].pair, left: turned ? other : one, right: turned ? one : other, choice };
    });
    const write = () => { text.value = JSON.stringify({ about: name, ratings: rows() }, null, 1); };

    ask.addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = ask.querySelector("input:checked");
      if (!chosen) { told.textContent = "Please choose first."; return; }
      state.choices.push(chosen.value);
      const stays = keep(name, JSON.stringify(state));
      told.textContent = stays ? "" : "This page may not store anything here: copy the text before you leave.";
      if (!out.hidden) write();
      turn();
      if (state.choices.length < state.trials.length) play.focus();
      else find("[data-do=export]").focus();
    });
    range.addEventListener("input", () => { pause(); show(); });
    root.addEventListener("click", (event) => {
      const task = event.target.dataset.do;
      if (task === "play") toggle();
      if (task === "export") { write(); out.hidden = false; text.focus(); text.select(); }
      if (task === "delete") {
        drop(name);
        state = fresh();
        out.hidden = true;
        told.textContent = "Deleted.";
        turn();
      }
    });

    root.querySelectorAll(".sl-without").forEach((part) => part.remove());
    live.hidden = false;
    state = restored() || fresh();
    turn();
  };

  document.querySelectorAll("[data-signlab=rating]:not([data-ready])").forEach(enliven);
})();
