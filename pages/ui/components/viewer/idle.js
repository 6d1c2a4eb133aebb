// Whether the script on the server runs.

/** Call `act` once the script has ended: a message would interrupt it, and with it pictures being sent. */
export function whenIdle(act) {
  const app = document.querySelector('[data-testid="stApp"]');
  if (app?.dataset.testScriptState === "running") setTimeout(() => whenIdle(act), 50);
  else act();
}
