// A button that copies the address of the page, which holds all that is seen.
import { copyFor, listenToTexts } from "./copying.js";

listenToTexts(); // here, since this button is on every page

export default function ({ parentElement }) {
  const button = parentElement.querySelector("button");
  button.onclick = () => copyFor(button, location.href, "Link copied", "Copy it from the address bar");
}
