// What the axis of a Bokeh figure calls the number `tick`: as few digits as tell its `ticks` apart,
// and of large and small numbers "1.6e6" where Bokeh writes "1.600e+6".

const sizes = ticks.map(Math.abs);
const gap = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : Math.abs(tick);
if (!tick || Math.abs(tick) < 1e-6 * gap) return "0";
const power = (value) => Math.floor(Math.log10(value) + 1e-9);
const largest = Math.max(...sizes);
const isPlain = largest < 1e5 && largest >= 1e-3;
const digits = Math.min(12, Math.max(0, (isPlain ? 0 : power(Math.abs(tick))) - power(gap)));
const text = isPlain ? String(Number(tick.toFixed(digits))) : tick.toExponential(digits);
return text.replace("e+", "e").replace(/\.?0+e/, "e").replaceAll("-", "\u2212");
