"use strict";
// Draws each timeline when it comes into view. Python decides what is in it (hil/report/figure.py);
// here is only what depends on the zoom and the pointer: ticks, heights and the readout.

const MINUTE = 60, HOUR = 3600, DAY = 86400;
const TICK_STEPS = [1e-3, 1e-2, 0.1, 0.5, 1, 5, 15, 30, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 28 * DAY, 91 * DAY, 364 * DAY];
const MOST_TICKS = 11;
const PIXELS_PER_TICK = 90;
const NARROW_PIXELS = 560;
const DIGITS = 4;

function clockText(seconds, step) {
  const sign = seconds < 0 ? "-" : "";
  const digits = step < 1 ? 3 : 0;
  const total = Number(Math.abs(seconds).toFixed(digits));
  const days = Math.floor(total / DAY), rest = total - days * DAY;
  const pad = value => String(value).padStart(2, "0");
  if (step >= DAY) return `${sign}${days} d`;
  let text = `${sign}${days} d ${pad(Math.floor(rest / HOUR))}:${pad(Math.floor(rest / MINUTE) % 60)}`;
  if (step < MINUTE) text += ":" + (rest % MINUTE).toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
  return text;
}

function ticks(from, to, width) {
  const most = Math.min(MOST_TICKS, Math.max(2, Math.floor(width / PIXELS_PER_TICK)));
  const step = TICK_STEPS.find(length => (to - from) / length <= most) || TICK_STEPS[TICK_STEPS.length - 1];
  const values = [];
  for (let number = Math.ceil(from / step); number * step <= to; number++) values.push(number * step);
  return { values: values, texts: values.map(value => clockText(value, step)) };
}

// Index of the last point at or before x, -1 before the first.
function lastAt(xs, x) {
  let low = 0, high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle + 1; else high = middle;
  }
  return low - 1;
}

function valueAt(trace, x) {
  const i = lastAt(trace.x, x);
  if (i < 0) return null;
  if (i + 1 === trace.x.length || trace.line.shape === "hv") return trace.y[i];
  const part = (x - trace.x[i]) / (trace.x[i + 1] - trace.x[i]);
  return trace.y[i] + part * (trace.y[i + 1] - trace.y[i]);
}

// The lowest and highest value of the row's curves between two times, with a margin; null without any.
function heights(traces, from, to) {
  let low = Infinity, high = -Infinity;
  for (const trace of traces) {
    const first = Math.max(lastAt(trace.x, from), 0), last = lastAt(trace.x, to);
    for (let i = first + 1; i <= last; i++) { low = Math.min(low, trace.y[i]); high = Math.max(high, trace.y[i]); }
    for (const edge of [valueAt(trace, from), valueAt(trace, to)]) {
      if (edge !== null) { low = Math.min(low, edge); high = Math.max(high, edge); }
    }
  }
  if (low > high) return null;
  const margin = (high - low) * 0.07 || Math.abs(high) * 0.05 || 1;
  return [low - margin, high + margin];
}

function dressed(layout, isNarrow) {
  // On a phone the names of faults and alarms stand above their bars, not beside the plot.
  const lanes = isNarrow ? { ticklabelposition: "inside top", automargin: false } : {};
  const grid = { gridcolor: "#eceef2", zerolinecolor: "#d0d5dd", automargin: true };
  for (const key of Object.keys(layout)) {
    if (key.startsWith("yaxis")) layout[key] = { nticks: 5, exponentformat: "none", ...grid,
      ...(layout[key].ticktext ? lanes : {}), ...layout[key] };
  }
  layout.xaxis = { ...grid, ...layout.xaxis, showspikes: true, spikemode: "across", spikesnap: "cursor",
    spikethickness: 1, spikecolor: "#98a2b3", spikedash: "solid" };
  layout.annotations = layout.annotations.map(text => ({ xref: "paper", yref: "paper", x: 0, xanchor: "left",
    yanchor: "bottom", showarrow: false, font: { size: 13, color: "#101828" }, ...text }));
  layout.height += 64;
  return { ...layout, margin: { l: isNarrow ? 44 : 64, r: 14, t: 26, b: 38 }, showlegend: false, hovermode: "x",
    hoversubplots: "axis", dragmode: "zoom", plot_bgcolor: "#fff", paper_bgcolor: "#fff",
    font: { family: "system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif", size: 12, color: "#475467" } };
}

function fillReadout(readout, traces, x) {
  const parts = traces.filter(trace => !trace.meta.lane).map(trace => {
    const value = x === null ? null : valueAt(trace, x);
    const shown = value === null ? "" : `<span class="value">${Number(value.toPrecision(DIGITS))} ${trace.meta.unit}</span>`;
    const style = { dash: "dashed", dot: "dotted", dashdot: "dashed" }[trace.line.dash] || "solid";
    return `<span><span class="swatch" style="border-top-color:${trace.line.color};border-top-style:${style}"></span>` +
      `${trace.name}${shown}</span>`;
  });
  const when = x === null ? "Time" : clockText(x, 1);
  readout.innerHTML = `<span class="when">${when}</span>` + parts.join("");
}

function draw(box) {
  if (box.dataset.drawn) return;
  box.dataset.drawn = "yes";
  const figure = JSON.parse(document.getElementById(box.dataset.figure).textContent);
  const traces = figure.data, layout = dressed(figure.layout, box.clientWidth < NARROW_PIXELS);
  const plot = box.querySelector(".plot"), readout = box.querySelector(".readout");
  if (!traces.length) { box.hidden = true; return; }
  box.dataset.height = layout.height;
  const whole = layout.xaxis.range.slice();
  const rows = Object.keys(layout).filter(key => key.startsWith("yaxis") && !layout[key].range);

  function fitted(from, to) {
    const marks = ticks(from, to, box.clientWidth);
    const change = { "xaxis.tickvals": marks.values, "xaxis.ticktext": marks.texts };
    for (const row of rows) {
      const range = heights(traces.filter(trace => "yaxis" + trace.yaxis.slice(1) === row), from, to);
      if (range) change[row + ".range"] = range;
    }
    return change;
  }

  Plotly.newPlot(plot, traces, layout, { responsive: true, displaylogo: false, doubleClick: false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d", "resetScale2d"] });
  Plotly.relayout(plot, fitted(whole[0], whole[1]));
  fillReadout(readout, traces, null);

  plot.on("plotly_relayout", change => {
    const from = change["xaxis.range[0]"], to = change["xaxis.range[1]"];
    if (from !== undefined && to !== undefined) Plotly.relayout(plot, fitted(from, to));
  });
  plot.on("plotly_doubleclick", () => {
    Plotly.relayout(plot, { "xaxis.range": whole, ...fitted(whole[0], whole[1]) });
  });
  plot.on("plotly_hover", event => fillReadout(readout, traces, event.xvals ? event.xvals[0] : event.points[0].x));
  plot.on("plotly_unhover", () => fillReadout(readout, traces, null));
}

const watcher = new IntersectionObserver(entries => {
  for (const entry of entries) if (entry.isIntersecting) draw(entry.target);
}, { rootMargin: "400px" });
const boxes = Array.from(document.querySelectorAll(".timeline"));
boxes.forEach(box => watcher.observe(box));

// A link to a run opens it; on paper everything is open, drawn, and no higher than a page.
const PAPER_HEIGHT = 780;

function resize(box, height) {
  const plot = box.querySelector(".plot");
  if (plot.layout) Plotly.relayout(plot, { height: Math.min(height, Number(box.dataset.height)) });
}

function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
}
window.addEventListener("hashchange", openTarget);
window.addEventListener("beforeprint", () => {
  document.querySelectorAll("details.scenario").forEach(scenario => { scenario.open = true; });
  boxes.forEach(draw);
  boxes.forEach(box => resize(box, PAPER_HEIGHT));
});
window.addEventListener("afterprint", () => boxes.forEach(box => resize(box, Infinity)));
openTarget();
