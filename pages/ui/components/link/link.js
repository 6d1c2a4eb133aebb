// A button that copies the address of the page, which holds all that is seen.

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

export default function ({ parentElement }) {
  const button = parentElement.querySelector("button");
  if (button.onclick) return;
  const label = button.textContent;
  button.onclick = async () => {
    button.textContent = (await copy(location.href)) ? "Link copied" : "Copy it from the address bar";
    setTimeout(() => (button.textContent = label), SHOWN);
  };
}
