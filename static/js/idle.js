// Warns two minutes before sign-in runs out; one press stays. Looks at the clock of the server, never extends by itself.
const WARNING_S = 120;

export default function idle(element) {
  const dialog = element.querySelector("dialog");
  let timer = 0;

  async function secondsLeft(address, options = {}) {
    const headers = { Accept: "application/json", ...options.headers };
    const answer = await fetch(address, { credentials: "same-origin", redirect: "manual", ...options, headers });
    if (!answer.ok) return 0;
    return (await answer.json()).ends_in_s;
  }

  function plan(seconds) {
    clearTimeout(timer);
    if (seconds <= 0) {
      const here = location.pathname + location.search;
      location.assign(`${element.dataset.signIn}?next=${encodeURIComponent(here)}`);
      return;
    }
    if (seconds <= WARNING_S) {
      if (!dialog.open) dialog.showModal();
      timer = setTimeout(look, (seconds + 1) * 1000);
      return;
    }
    if (dialog.open) dialog.close();
    timer = setTimeout(look, (seconds - WARNING_S) * 1000);
  }

  // Another tab may have been used meanwhile: the server knows.
  async function look() {
    try {
      plan(await secondsLeft(element.dataset.time, { headers: { "X-Goldthread-Poll": "1" } }));
    } catch {
      timer = setTimeout(look, 15000);
    }
  }

  element.querySelector("[data-idle-stay]").addEventListener("click", async () => {
    try {
      plan(await secondsLeft(element.dataset.stay, { method: "POST", headers: { "X-CSRFToken": element.dataset.token } }));
    } catch {
      look();
    }
  });
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  plan((new Date(element.dataset.endsAt) - Date.now()) / 1000);
}
