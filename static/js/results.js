// After a swap of #results: says the count aloud, draws the map. The map's code is fetched only where a map is shown.
// On a phone the map follows the list: nothing of it is fetched before a person comes near.
const NEAR = "300px";

function draw(results) {
  const frame = results.querySelector("[data-map]");
  if (!frame) return;
  const watch = new IntersectionObserver(async (seen) => {
    if (!seen.some((each) => each.isIntersecting)) return;
    watch.disconnect();
    try {
      const { default: showMap } = await import("./map.js");
      await showMap(frame);
    } catch {
      frame.closest(".gt-map").hidden = true; // the list has the same information
    }
  }, { rootMargin: NEAR });
  watch.observe(frame);
}

// Empty boxes stay out of the address.
function tidy({ detail }) {
  if (detail.elt.id !== "search") return;
  for (const [name, value] of [...detail.formData.entries()]) if (value === "") detail.formData.delete(name);
}

let isListening = false;

export default function startResults(results) {
  draw(results);
  if (isListening) return;
  isListening = true;
  document.addEventListener("htmx:configRequest", tidy);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "results") return;
    const fresh = document.getElementById("results");
    document.getElementById("spoken").textContent = fresh.querySelector("[data-summary]")?.textContent.trim() ?? "";
    const title = fresh.querySelector("[data-title]");
    if (title) document.title = title.dataset.title;
    draw(fresh);
  });
}
