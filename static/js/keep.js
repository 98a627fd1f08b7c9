// Saves to "my list" without leaving the page. Without script the same buttons send the form and come back.
export default function keep(button) {
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const body = new FormData(button.form);
    body.set(button.name, button.value);
    let answer;
    try {
      answer = await fetch(button.form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    } catch {
      button.form.requestSubmit(button);
      return;
    }
    if (!answer.ok) {
      button.dataset.started = "no";
      button.form.requestSubmit(button);
      return;
    }
    const { count, kept, message } = await answer.json();
    button.name = kept ? "remove" : "add";
    button.setAttribute("aria-pressed", String(kept));
    button.querySelector("[data-keep-word]").textContent = kept ? button.dataset.keepRemove : button.dataset.keepAdd;
    const use = button.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, kept ? "#star" : "#star_outline"));
    for (const place of document.querySelectorAll("[data-list-count]")) {
      place.textContent = count;
      place.hidden = count === 0;
    }
    document.getElementById("spoken").textContent = message;
  });
}
