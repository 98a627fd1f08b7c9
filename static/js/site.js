// Starts the behaviours that this page asks for; each lives in a module of its own and is loaded only where its mark stands.
const BEHAVIOURS = {
  "[data-quick-exit]": "./quick_exit.js",
  "[data-focus-on-load]": "./focus_on_load.js",
  "[data-suggest]": "./suggest.js",
  "[data-locate]": "./locate.js",
  "[data-keep]": "./keep.js",
  "[data-dialog-open]": "./dialog.js",
  "[data-share], [data-copy], [data-print]": "./share.js",
  "[data-results]": "./results.js",
  "[data-filters]": "./filters.js",
  "[data-gap-seen]": "./gap_seen.js",
  "[data-idle]": "./idle.js",
  "[data-import-progress]": "./import_progress.js",
  "[data-save-draft]": "./save_draft.js",
  "[data-queue-keys]": "./queue_keys.js",
};

export async function start(root = document) {
  for (const [mark, module] of Object.entries(BEHAVIOURS)) {
    const found = [...root.querySelectorAll(mark)].filter((element) => !element.dataset.started);
    if (!found.length) continue;
    const { default: behave } = await import(module);
    for (const element of found) {
      element.dataset.started = "yes";
      behave(element);
    }
  }
}

document.documentElement.dataset.script = "on";
start();
document.addEventListener("htmx:afterSwap", () => start()); // the swapped part is a new element
