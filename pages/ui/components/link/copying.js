// Buttons that copy a text and say so.

const SHOWN = 2000; // milliseconds that the button says what came of it

/** Copy a text by a field that is selected: browsers give the clipboard to secure addresses alone. */
function copyByField(text) {
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByField(text);
  }
}

/** Copy a text for a button, which says `done` or `failed` for a while. */
export async function copyFor(button, text, done, failed) {
  const label = (button.dataset.label ??= button.textContent);
  button.textContent = (await copy(text)) ? done : failed;
  setTimeout(() => (button.textContent = label), SHOWN);
}

/** The buttons that Python draws beside a text, see `to_copy` in Python. */
export function listenToTexts() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.(".to-copy button");
    const text = button?.previousElementSibling;
    if (button) copyFor(button, text.textContent, "Copied", "Select and copy it");
  }, true); // also of a popover, which keeps its clicks to itself
}
