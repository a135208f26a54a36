// What a page does wrong, in words: names, ids, width, contrast (WCAG AA). Run inside the page.
() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const seen = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const labels = (element) => [...(element.labels || [])].map((label) => label.innerText).join("");
  const pictures = (element) => [...element.querySelectorAll("img")].map((img) => img.alt).join("");
  const named = (element) => element.getAttribute("aria-label") || element.innerText?.trim()
    || labels(element) || pictures(element);

  const wide = document.documentElement.scrollWidth;
  if (wide > window.innerWidth) faults.push(`scrolls sideways: ${wide}`);
  if (!document.title.trim()) faults.push("no title");
  if (!document.documentElement.lang) faults.push("no language");
  if (all("h1").length !== 1) faults.push(`${all("h1").length} h1`);
  if (!document.querySelector("main#main")) faults.push("no main");
  for (const element of all("a[href], button, input:not([type=hidden]), select, textarea, summary"))
    if (seen(element) && !named(element)) faults.push(`no name: ${element.outerHTML.slice(0, 90)}`);
  for (const img of all("img")) {
    if (!img.hasAttribute("alt")) faults.push(`no alt: ${img.src}`);
    if (seen(img) && img.complete && !img.naturalWidth) faults.push(`no picture: ${img.src}`);
  }
  const ids = all("[id]").map((element) => element.id);
  for (const id of new Set(ids)) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`id twice: ${id}`);

  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = (colour) => {
    const [red, green, blue] = colour.slice(0, 3).map((part) => linear(part / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    for (let here = element; here; here = here.parentElement) {
      const colour = numbers(getComputedStyle(here).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const words = texts.currentNode.data.trim().slice(0, 30);
    if (!words || !seen(element) || element.closest("svg, script, noscript, option")) continue;
    const style = getComputedStyle(element);
    const [more, less] = [light(numbers(style.color)), light(ground(element))].sort((a, b) => b - a);
    const ratio = (more + 0.05) / (less + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)}: ${element.className} ${words}`);
  }
  return faults;
}
