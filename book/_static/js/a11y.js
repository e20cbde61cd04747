// Names and roles that the theme leaves out, so that the book can be heard and used by keyboard.
(() => {
  const each = (selector, change) => document.querySelectorAll(selector).forEach(change);

  const mend = () => {
    // A button is called what is written on it; the theme gives some a second, different name.
    each(".search-button-field[aria-label], .theme-switch-button[aria-label]", (button) => {
      button.removeAttribute("aria-label");
    });
    // The table of contents is a landmark of its own.
    each(".bd-sidebar-primary:not([role])", (sidebar) => {
      sidebar.setAttribute("role", "navigation");
      sidebar.setAttribute("aria-label", "Book");
    });
    // The entries of a bibliography are items of a list; their own role is deprecated.
    each(".citation-list > .citation[role='doc-biblioentry']", (entry) => entry.setAttribute("role", "listitem"));
    // What unfolds in the table of contents says what it unfolds.
    each("li.has-children > details > summary:not([aria-label])", (summary) => {
      const page = summary.closest("li").querySelector("a");
      if (page) summary.setAttribute("aria-label", `Pages below ${page.textContent.trim()}`);
    });
    // What scrolls sideways can be reached by keyboard.
    each("div.highlight pre, div.output pre, .cell_output .text_html, .math.notranslate", (box) => {
      if (box.scrollWidth > box.clientWidth + 1 && !box.hasAttribute("tabindex")) box.tabIndex = 0;
    });
  };

  document.addEventListener("DOMContentLoaded", mend);
  window.addEventListener("load", mend);
})();
