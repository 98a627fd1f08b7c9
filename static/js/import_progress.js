// Follows an import that runs on the server. Asking does not count as a sign of life: the header says who asks.
const PAUSE_MS = 1500;

export default function followImport(section) {
  const bar = section.querySelector("progress");
  const done = section.querySelector("[data-done]");
  const expected = section.querySelector("[data-expected]");
  const ask = async () => {
    try {
      const answer = await fetch(section.dataset.importProgress, { headers: { "X-Goldthread-Poll": "1" }, credentials: "same-origin" });
      if (answer.redirected || answer.status === 401) return location.reload();
      if (answer.ok) {
        const told = await answer.json();
        if (!told.running) return location.reload();
        if (told.expected) {
          bar.max = told.expected;
          bar.value = told.done;
          expected.textContent = told.expected;
        }
        done.textContent = told.done;
      }
    } catch {
      // The server may be busy writing; the next question comes anyway.
    }
    setTimeout(ask, PAUSE_MS);
  };
  setTimeout(ask, PAUSE_MS);
}
