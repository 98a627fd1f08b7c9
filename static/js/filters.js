// Filters start folded on narrow screens; a changed box sends the search. What a person unfolded stays so after a swap.
const opened = new Map();

export default function filters(details) {
  const narrow = !window.matchMedia("(min-width: 64rem)").matches;
  for (const part of [details, ...details.querySelectorAll("details")]) {
    const key = part.querySelector("summary").textContent.replace(/[\d()\s]/g, "");
    if (opened.has(key)) part.open = opened.get(key);
    else if (part === details && narrow) part.open = false;
    part.addEventListener("toggle", () => opened.set(key, part.open));
  }
  details.addEventListener("change", ({ target }) => target.form?.requestSubmit());
}
