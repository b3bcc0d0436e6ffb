// What makes a card live: charts are drawn, text is copied, components are replaced as messages tell.
(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const colours = (element) => {
    const style = getComputedStyle(element);
    const of = (name) => style.getPropertyValue(`--hw-${name}`).trim();
    const several = dark.matches
      ? ["#4493f8", "#f0883e", "#3fb950", "#ab7df8", "#f85149", "#39c5cf", "#e3b341", "#f778ba", "#9198a1"]
      : ["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#cf222e", "#1b7c83", "#9a6700", "#bf3989", "#59636e"];
    const axis = { labelColor: of("dim"), titleColor: of("dim"), gridColor: of("line"), domainColor: of("line"), tickColor: of("line") };
    return {
      background: "transparent", font: "system-ui, sans-serif", view: { stroke: "transparent" }, axis,
      legend: { labelColor: of("fg"), titleColor: of("dim") }, title: { color: of("fg"), subtitleColor: of("dim") },
      header: { labelColor: of("fg"), titleColor: of("dim") }, text: { color: of("fg") },
      mark: { color: several[0] }, range: { category: several },
    };
  };

  const drawn = new Map();  // chart -> what Vega-Embed made of it
  const forget = (chart) => {
    drawn.get(chart)?.finalize();
    drawn.delete(chart);
  };

  const draw = (chart) => {
    forget(chart);
    const plot = chart.querySelector(".plot");
    const complain = (problem) => {
      plot.innerHTML = '<div class="failed" role="alert"></div>';
      plot.firstChild.textContent = `This chart could not be drawn: ${problem.message || problem}`;
    };
    try {
      const spec = JSON.parse(chart.querySelector("script").textContent);
      const actions = chart.dataset.controls ? { export: true, source: true, compiled: false, editor: false } : false;
      const tooltip = { theme: dark.matches ? "dark" : "light" };
      const options = { mode: chart.dataset.mode, actions, tooltip, renderer: "svg", config: colours(chart), logLevel: 1 };
      return vegaEmbed(plot, spec, options).then((made) => drawn.set(chart, made)).catch(complain);
    } catch (problem) {
      complain(problem);
    }
  };
  const drawAll = (root) => {
    const charts = window.vegaEmbed ? [...root.querySelectorAll(".chart")] : [];
    return Promise.all(charts.map(draw));
  };

  const copy = async (button) => {
    const text = button.closest(".viewer").querySelector("template").content.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {  // a frame may not be allowed to: the older way
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  };

  const shown = new Map();  // id of a component -> its HTML
  const replace = (components) => {
    for (const [id, part] of Object.entries(components || {})) {
      const place = document.querySelector(`[data-component="${CSS.escape(id)}"]`);
      if (!place || shown.get(id) === part.html) continue;
      shown.set(id, part.html);
      place.querySelectorAll(".chart").forEach(forget);
      place.style.minHeight = `${place.offsetHeight}px`;  // so that the page does not jump while a chart is drawn
      place.innerHTML = part.html;
      drawAll(place).then(() => { place.style.minHeight = ""; });
    }
  };

  const tell = (log) => {
    const place = document.querySelector("[data-log]");
    if (!place || log === undefined || place.innerHTML === log) return;
    place.innerHTML = log;
    if (place.firstElementChild) place.firstElementChild.scrollTop = place.scrollHeight * 1000;
  };

  addEventListener("message", (event) => {
    if (!event.data || event.data.type !== "headwater-card") return;
    replace(event.data.components);
    tell(event.data.log);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (button) copy(button);
  });
  dark.addEventListener("change", () => drawAll(document));
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => drawAll(document));
  else drawAll(document);
})();
