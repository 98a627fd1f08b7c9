// Saves a long form on the server while somebody writes it: never in the browser. data-save-draft is the seconds between.
export default function saveDraft(form) {
  const state = form.querySelector("[data-draft-state]");
  const every = Number(form.dataset.saveDraft || 20) * 1000;
  let dirty = false;
  let saving = null;

  async function save() {
    const body = new FormData(form);
    body.set("do", "save");
    dirty = false;
    try {
      const answer = await fetch(form.action, {
        method: "POST", body, redirect: "manual", credentials: "same-origin", headers: { Accept: "application/json" },
      });
      const told = await answer.json();
      state.textContent = told.message;
      if (!answer.ok) return;
      form.elements.key.value = told.key;
      form.elements.row_version.value = told.row_version;
      form.action = told.address;
      form.querySelector("[hx-post]").setAttribute("hx-post", told.address);
      window.htmx?.process(form.querySelector("[hx-post]"));
      history.replaceState(history.state, "", told.address); // signing in again leads back to the draft, filled in
    } catch {
      dirty = true;
      state.textContent = form.dataset.saveFailed;
    }
  }

  const begin = () => {
    if (!dirty || saving) return;
    saving = save().finally(() => { saving = null; });
  };
  for (const happened of ["input", "change"]) form.addEventListener(happened, () => { dirty = true; });
  const timer = setInterval(begin, every);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && begin());
  form.addEventListener("submit", async (event) => {
    clearInterval(timer);
    dirty = false;
    if (!saving) return;
    event.preventDefault(); // a save is under way: what is sent must carry the version that it makes
    await saving;
    form.requestSubmit(event.submitter);
  });
}
