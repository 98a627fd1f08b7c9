// Quick exit: the page is blanked first, then replaced, so that Back does not return here. Shift three times does the same.
const WITHIN_MS = 2000;

export default function quickExit(link) {
  const leave = () => {
    document.body.classList.add("gt-blank");
    document.title = "";
    location.replace(link.href);
  };
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  let presses = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Shift") {
      presses = [];
      return;
    }
    if (event.repeat) return;
    const now = performance.now();
    presses = [...presses.filter((at) => now - at < WITHIN_MS), now];
    if (presses.length >= 3) leave();
  });
}
