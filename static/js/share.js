// Buttons that only a browser can do: share sheet, copy a link, print. They stay hidden where it cannot.
export default function share(button) {
  if (button.matches("[data-share]") && navigator.share) {
    button.hidden = false;
    button.addEventListener("click", () => {
      navigator.share({ title: button.dataset.shareTitle, text: button.dataset.shareText, url: button.dataset.share }).catch(() => {});
    });
  }
  if (button.matches("[data-copy]") && navigator.clipboard) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      document.getElementById("spoken").textContent = button.dataset.copyDone;
    });
  }
  if (button.matches("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
    if (button.matches("[data-print-now]")) {
      history.replaceState(null, "", button.dataset.printNow); // once: a reload does not print again
      window.print();
    }
  }
}
