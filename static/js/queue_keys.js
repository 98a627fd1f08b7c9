// Moves through a queue by keys: j next, k back, a opens. Off where the box says so (WCAG 2.1.4), and while one types.
const CHOICE = "goldthread-queue-keys";

export default function queueKeys(box) {
  const list = document.querySelector("[data-queue]");
  const on = box.querySelector("[data-keys-on]");
  if (!list || !on) return;
  box.hidden = false; // without script there are no keys to switch
  on.checked = localStorage.getItem(CHOICE) !== "off";
  on.addEventListener("change", () => localStorage.setItem(CHOICE, on.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (!on.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    const links = [...list.querySelectorAll("li > p:first-child a")];
    const here = links.indexOf(document.activeElement);
    if (event.key === "j") links[Math.min(here + 1, links.length - 1)]?.focus();
    else if (event.key === "k") links[Math.max(here - 1, 0)]?.focus();
    else if (event.key === "a" && here >= 0) links[here].click();
    else return;
    event.preventDefault();
  });
}
