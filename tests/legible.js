// Texts on the page that are hard to read: smaller than 11 pixels, or with a contrast below 4.5 : 1 (3 : 1 where large).
() => {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    probe.clearRect(0, 0, 1, 1);
    probe.fillStyle = colour;
    probe.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = probe.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((v, i) => a * v + (1 - a) * below[i]);
  const parentOf = (e) => e.parentElement ?? e.getRootNode().host ?? null;
  const chain = (e) => (e ? [...chain(parentOf(e)), e] : []);
  const luminance = (rgb) =>
    rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const texts = (root) =>
    [...root.querySelectorAll("*")].flatMap((e) => [
      ...(e.shadowRoot ? texts(e.shadowRoot) : []),
      ...([...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) ? [e] : []),
    ]);
  const faults = [];
  for (const element of texts(document.body)) {
    const { width, height } = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    if (element.closest("[data-testid=stSliderThumbValue]")) continue; // it lies beside its parent
    const isIcon = /Material/.test(style.fontFamily) || /^(style|script|noscript|option)$/i.test(element.tagName);
    if (isIcon || width < 2 || height < 2 || style.visibility === "hidden") continue;
    if (chain(element).some((e) => e.disabled || e.ariaDisabled === "true" || e.classList.contains("hint"))) continue;
    const [ground, alpha] = chain(element).reduce(([below, opacity], e) => {
      const own = getComputedStyle(e);
      return [over(rgba(own.backgroundColor), below), opacity * Number(own.opacity)];
    }, [[255, 255, 255], 1]);
    if (alpha === 0) continue;
    const [r, g, b, a] = rgba(style.color);
    const [high, low] = [luminance(over([r, g, b, a * alpha], ground)), luminance(ground)].sort((x, y) => y - x);
    const contrast = (high + 0.05) / (low + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.6 && style.fontWeight >= 700);
    if (contrast >= (isLarge ? 3 : 4.5) && size >= 11) continue;
    faults.push(`${contrast.toFixed(2)} : 1, ${size.toFixed(1)} px: ${element.textContent.trim().slice(0, 40)}`);
  }
  return faults;
}
