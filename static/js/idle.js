// Warns two minutes before sign-in runs out; one press stays. Looks at the clock of the server, never extends by itself.
// When time is up it leaves, and what was typed is kept by the server (accounts/kept.py), never in the browser.
const WARNING_S = 120;

export default function idle(element) {
  const dialog = element.querySelector("dialog");
  let timer = 0;
  let typed = null;
  let leaving = false;

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.method === "post" && !form.dataset.saveDraft) typed = form;
  });
  document.addEventListener("submit", () => { typed = null; });

  async function secondsLeft(address, options = {}) {
    const headers = { Accept: "application/json", ...options.headers };
    const answer = await fetch(address, { credentials: "same-origin", redirect: "manual", ...options, headers });
    if (!answer.ok) return 0;
    return (await answer.json()).ends_in_s;
  }

  // The server carries nothing out of it. A form with several buttons is kept to be read: nobody chose one of them.
  async function keepTyped() {
    if (!typed?.isConnected) return null;
    const buttons = [...typed.elements].filter((each) => each.type === "submit");
    const body = new FormData(typed, buttons.length === 1 ? buttons[0] : null);
    for (const [name, value] of [...body]) {
      if (value instanceof File) body.set(name, new File([], value.name));
    }
    const headers = { "X-Goldthread-Keep": buttons.length === 1 ? "send" : "read", "X-Goldthread-Poll": "1" };
    try {
      const answer = await fetch(typed.action, { method: "POST", body, headers, credentials: "same-origin", redirect: "manual" });
      return answer.headers.get("X-Goldthread-Kept");
    } catch {
      return null;
    }
  }

  async function leave() {
    if (leaving) return;
    leaving = true;
    const onward = (await keepTyped()) ?? location.pathname + location.search;
    location.assign(`${element.dataset.signIn}?next=${encodeURIComponent(onward)}`);
  }

  function plan(seconds) {
    clearTimeout(timer);
    if (seconds <= 0) {
      leave();
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
