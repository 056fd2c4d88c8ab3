// Two small drawings in SVG: Block Kit's data_visualization (line, area, bar, pie) and the sparkline of a storage unit.

import { h, s } from "./dom.js";

const COLOURS = ["#0b7268", "#c2570c", "#3b5bb5", "#8a3f8f", "#7a6a00", "#54636b"];
const WIDTH = 560;
const HEIGHT = 220;
const FRAME = { left: 40, right: 12, top: 12, bottom: 28 };

/** A data_visualization block, with its numbers as the accessible description. */
export function chart(block) {
  const drawing = block.chart || {};
  const label = `${block.title || "Chart"}: ${describe(drawing)}`;
  const picture = s("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label });
  picture.append(...(drawing.type === "pie" ? pie(drawing) : cartesian(drawing)));
  return h(
    "figure",
    { class: "chart-block" },
    block.title ? h("figcaption", {}, block.title) : null,
    picture,
    legend(drawing),
  );
}

function describe(drawing) {
  const points = (series) => (series.data || []).map((point) => `${point.label} ${point.value}`).join(", ");
  return (drawing.series || drawing.segments || [])
    .map((one) => (one.data ? `${one.name || ""}: ${points(one)}` : `${one.label} ${one.value}`))
    .join("; ");
}

function legend(drawing) {
  const names =
    drawing.type === "pie"
      ? slices(drawing).map((slice) => slice.label)
      : (drawing.series || []).map((series) => series.name);
  if (names.length < 2) return null;
  const entry = (name, index) =>
    h("span", { class: "legend" }, h("i", { style: `background: ${COLOURS[index % COLOURS.length]}` }), name);
  return h("div", { class: "legends" }, names.map(entry));
}

function cartesian(drawing) {
  const series = drawing.series || [];
  const labels = drawing.axis_config?.categories || (series[0]?.data || []).map((point) => point.label);
  const values = series.flatMap((one) => one.data.map((point) => Number(point.value)));
  const scale = scaleFor(values, drawing.type);
  const step = (WIDTH - FRAME.left - FRAME.right) / Math.max(labels.length, 1);
  const x = (index) => FRAME.left + step * (index + 0.5);
  const draw = drawing.type === "bar" ? bars : curves;
  return [...grid(scale), ...axis(labels, x, step), ...draw(series, x, scale, step, drawing.type === "area")];
}

/** A scale whose ticks are round numbers; bars and areas always start at zero. */
function scaleFor(values, type) {
  const fromZero = type !== "line" || Math.min(...values) < Math.max(...values) * 0.5;
  const low = fromZero ? Math.min(0, ...values) : Math.min(...values);
  const high = Math.max(...values, low + 1);
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const tick = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const bottom = Math.floor(low / tick) * tick;
  const top = Math.ceil(high / tick) * tick;
  const room = HEIGHT - FRAME.top - FRAME.bottom;
  return { bottom, top, tick, y: (value) => FRAME.top + room * (1 - (value - bottom) / (top - bottom)) };
}

function grid({ bottom, top, tick, y }) {
  const nodes = [];
  for (let value = bottom; value <= top + tick / 2; value += tick) {
    nodes.push(s("line", { class: "grid", x1: FRAME.left, x2: WIDTH - FRAME.right, y1: y(value), y2: y(value) }));
    nodes.push(
      s(
        "text",
        { class: "tick", x: FRAME.left - 6, y: y(value) + 4, "text-anchor": "end" },
        String(Number(value.toFixed(2))),
      ),
    );
  }
  return nodes;
}

function axis(labels, x, step) {
  const every = Math.ceil(52 / step);
  return labels
    .map((label, index) =>
      index % every ? null : s("text", { class: "tick", x: x(index), y: HEIGHT - 8, "text-anchor": "middle" }, label),
    )
    .filter(Boolean);
}

function bars(series, x, scale, step) {
  const width = Math.min((step * 0.7) / series.length, 44);
  const bar = (one, place) => (point, index) => {
    const top = Math.min(scale.y(Math.max(point.value, 0)), scale.y(0));
    const left = x(index) + (place - series.length / 2) * width;
    const title = s("title", {}, `${one.name || ""} ${point.label}: ${point.value}`);
    return s(
      "rect",
      {
        x: left + 1,
        y: top,
        width: width - 2,
        height: Math.abs(scale.y(point.value) - scale.y(0)),
        rx: 2,
        fill: COLOURS[place % COLOURS.length],
      },
      title,
    );
  };
  return series.flatMap((one, place) => one.data.map(bar(one, place)));
}

function curves(series, x, scale, step, filled) {
  return series.flatMap((one, place) => {
    const colour = COLOURS[place % COLOURS.length];
    const points = one.data.map((point, index) => `${x(index)},${scale.y(point.value)}`);
    const area =
      filled &&
      s("polygon", {
        points: [
          `${x(0)},${scale.y(scale.bottom)}`,
          ...points,
          `${x(points.length - 1)},${scale.y(scale.bottom)}`,
        ].join(" "),
        fill: colour,
        opacity: 0.16,
      });
    const line = s("polyline", { class: "curve", points: points.join(" "), stroke: colour });
    const dots = one.data.map((point, index) =>
      s(
        "circle",
        { cx: x(index), cy: scale.y(point.value), r: 3.2, fill: colour },
        s("title", {}, `${point.label}: ${point.value}`),
      ),
    );
    return [area, line, ...dots].filter(Boolean);
  });
}

function slices(drawing) {
  return drawing.segments || (drawing.series?.[0]?.data ?? []);
}

function pie(drawing) {
  const total = slices(drawing).reduce((sum, slice) => sum + Number(slice.value), 0) || 1;
  let angle = -Math.PI / 2;
  const middle = { x: WIDTH / 2, y: HEIGHT / 2, r: HEIGHT / 2 - 12 };
  const point = (at) => `${middle.x + middle.r * Math.cos(at)} ${middle.y + middle.r * Math.sin(at)}`;
  return slices(drawing).map((slice, index) => {
    const from = angle;
    angle += Math.PI * 2 * Math.min(slice.value / total, 0.9999);
    const d = `M${middle.x} ${middle.y}L${point(from)}A${middle.r} ${middle.r} 0 ${angle - from > Math.PI ? 1 : 0} 1 ${point(angle)}Z`;
    return s(
      "path",
      { d, fill: COLOURS[index % COLOURS.length], stroke: "#fff", "stroke-width": 2 },
      s("title", {}, `${slice.label}: ${slice.value}`),
    );
  });
}

/** The last readings of a storage unit over its allowed range (a band). All in the unit's own degrees. */
export function sparkline(values, low, high, isWrong) {
  const [width, height] = [150, 34];
  const known = values.filter((value) => Number.isFinite(value));
  const margin = Math.max((high - low) * 0.2, 0.5);
  const bottom = Math.min(low - margin, ...known);
  const top = Math.max(high + margin, ...known);
  const y = (value) => height - 2 - ((value - bottom) / (top - bottom)) * (height - 4);
  const x = (index) => 1 + (index / Math.max(known.length - 1, 1)) * (width - 6);
  const picture = s("svg", {
    class: isWrong ? "spark wrong" : "spark",
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  picture.append(s("rect", { class: "band", x: 0, y: y(high), width, height: Math.max(y(low) - y(high), 1) }));
  if (known.length)
    picture.append(
      s("polyline", { points: known.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(" ") }),
    );
  return picture;
}
