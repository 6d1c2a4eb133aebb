// When the script on the server runs.

/** Wait for the script to end: a message in its midst would end it, and with it pictures on their way. */
export function whenIdle(act) {
  const app = document.querySelector('[data-testid="stApp"]');
  if (app?.dataset.testScriptState === "running") setTimeout(() => whenIdle(act), 50);
  else act();
}
