// Keys and unfolding. A page without this script still does everything.
"use strict";

(() => {
  const GO_PATIENCE_MS = 1200;
  const COUNT_EVERY_MS = 10000;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const typing = (element) => element.matches("input, textarea, select, [contenteditable]");
  let waitingForPlace = 0;

  const openDialog = (name) => document.getElementById(name)?.showModal();

  // j and k walk through [data-walk] links; Enter is the link's own.
  const walk = (step) => {
    const stops = all("[data-walk]");
    if (!stops.length) return;
    const here = stops.indexOf(document.activeElement);
    const next = stops[Math.min(Math.max(here + step, 0), stops.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  const follow = (key) => {
    const link = all(`[data-key="${CSS.escape(key)}"]`)[0];
    if (link) link.click();
    return Boolean(link);
  };

  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    const key = event.key;
    if (waitingForPlace && event.timeStamp < waitingForPlace) {
      waitingForPlace = 0;
      if (follow(`g ${key}`)) event.preventDefault();
      return;
    }
    waitingForPlace = 0;
    if (key === "g") waitingForPlace = event.timeStamp + GO_PATIENCE_MS;
    else if (key === "j") walk(1);
    else if (key === "k") walk(-1);
    else if (key === "?") openDialog("keys");
    else if (key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    } else if (key.length === 1 && follow(key)) event.preventDefault();
  };

  const unfold = (button) => {
    const within = document.getElementById(button.getAttribute("aria-controls"));
    if (!within) return;
    const opening = button.getAttribute("aria-expanded") !== "true";
    all("details", within).forEach((details) => { details.open = opening; });
    button.setAttribute("aria-expanded", String(opening));
    const words = button.querySelector("[data-words]");
    [words.textContent, words.dataset.words] = [words.dataset.words, words.textContent];
  };

  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-unfold], [data-opens], [data-prints]");
    if (!button) return;
    if (button.hasAttribute("data-unfold")) unfold(button);
    else if (button.hasAttribute("data-prints")) window.print();
    else openDialog(button.dataset.opens);
  });
  // Countdowns go on from the seconds the server said, whatever this machine's clock says.
  const waits = all("[data-waits]").map((element) => ({ element, seconds: Number(element.dataset.waits) }));
  const chinese = document.documentElement.lang.startsWith("zh");
  const UNITS = chinese ? ["天", "小时", "分"] : [" d", " h", " min"];
  const said = (seconds) => {
    const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
    const parts = [Math.floor(hours / 24), hours % 24, minutes % 60]
      .map((number, place) => (number ? `${number}${UNITS[place]}` : "")).filter(Boolean).slice(0, 2);
    return parts.join(chinese ? "" : " ") || (chinese ? "不到一分钟" : "less than a minute");
  };
  const countDown = () => waits.forEach(({ element, seconds }) => {
    const left = seconds - performance.now() / 1000;
    element.textContent = left > 0 ? said(left) : element.dataset.over;
  });
  if (waits.length) setInterval(countDown, COUNT_EVERY_MS);

  // Controls that need this script come with `hidden`; here it is, so they may show.
  all("[data-needs-script]").forEach((element) => { element.hidden = false; });
  window.addEventListener("beforeprint", () => all("details").forEach((details) => { details.open = true; }));
})();
