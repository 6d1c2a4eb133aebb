// The colours and letters of the page, as Plotly's template.

const SIZE = 12; // px

/** A layout that looks like the page, as its style has it at this moment. */
export function themed(layout, style) {
  const of = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const [text, ground, line] = ["text-color", "background-color", "border-color"].map(of);
  const font = { family: of("font"), size: SIZE, color: text };
  const axis = { gridcolor: line, zerolinecolor: line, tickcolor: line, automargin: true };
  const template = {
    font,
    paper_bgcolor: ground,
    plot_bgcolor: ground,
    margin: { pad: 7 },
    hoverlabel: { bgcolor: ground, bordercolor: line, font },
    modebar: { bgcolor: "transparent", color: text, activecolor: text },
    xaxis: { ...axis, showgrid: false, zeroline: false, title: { standoff: 12 } },
    yaxis: { ...axis, title: { standoff: 14 } },
  };
  return { ...layout, template: { layout: template } };
}
