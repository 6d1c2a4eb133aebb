// Rows of a table of the page that choose something: a click on one is sent to Python.

const ROW = "tr[data-row]";
const VISIBLE = 0.6; // of the window's height: a heading above this line has room for what is below it

function scrollTo(heading) {
  const top = heading?.getBoundingClientRect().top;
  if (top < 0 || top > innerHeight * VISIBLE) heading.scrollIntoView({ block: "start", behavior: "smooth" });
}

export default function ({ data, setTriggerValue }) {
  const choose = ({ target }) => {
    const row = target.closest?.(ROW);
    if (!row || getSelection().type === "Range") return; // figures are selected to be copied
    setTriggerValue("row", { text: row.dataset.row });
    scrollTo(document.getElementById(data.leadsTo));
  };
  document.addEventListener("click", choose);
  return () => document.removeEventListener("click", choose);
}
