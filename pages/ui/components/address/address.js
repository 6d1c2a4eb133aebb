// The browser's history. Streamlit makes an entry of every address that it writes; here, those that belong to one step
// of the user become one entry.

const FOLLOWING = "display"; // the parameter that follows what one does with the picture

/** What of an address makes it another step. */
function stepOf({ pathname, search }) {
  const parameters = new URLSearchParams(search);
  parameters.delete(FOLLOWING);
  parameters.sort();
  return `${pathname}?${parameters}`;
}

/** Whether an address only completes or corrects that of an opened page, or follows the picture. */
function isSameStep(to) {
  const isUntouched = navigator.userActivation?.hasBeenActive === false;
  const isOpened = location.pathname === to.pathname && (isUntouched || !location.search);
  return isOpened || stepOf(location) === stepOf(to);
}

const enter = history.pushState;
history.pushState = function pushState(state, title, url) {
  const isSame = url != null && isSameStep(new URL(url, location.href));
  (isSame ? history.replaceState : enter).call(history, state, title, url);
  page = location.pathname;
};

// Of a step to another page the server knows by the page; what is told then would go to the page that was left.
let page = location.pathname;
let tell = () => {};
window.addEventListener("popstate", () => {
  if (location.pathname === page) tell(Date.now());
  page = location.pathname;
});

export default function ({ setStateValue }) {
  tell = (time) => setStateValue("step", time);
}
