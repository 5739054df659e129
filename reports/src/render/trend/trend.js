// Readout, filter and order of the trend page.
const shared = JSON.parse(document.querySelector("script.shared").textContent);
const among = (stretches, at, step) => {
  for (const [first, length] of stretches) {
    if (at < length) return first + at * step;
    at -= length;
  }
};
for (const plot of document.querySelectorAll(".plot")) {
  const article = plot.closest("article");
  const name = article.querySelector("h3").textContent;
  const readout = article.querySelector(".readout");
  let nights, cursor, at;
  const show = (wanted) => {
    nights ??= JSON.parse(article.querySelector("script.nights").textContent);
    const last = nights.medians.length - 1;
    at = Math.min(last, Math.max(0, wanted));
    const parts = [
      shared.dates[among(nights.dates, at, 1)] + ": " + nights.medians[at] + " " + nights.unit,
      nights.ratios[at] ? "ratio to control " + nights.ratios[at].toFixed(3) : "",
      "n=" + among(nights.runs, at, 0),
      shared.subjects[among(nights.subjects, at, 0)],
      nights.excluded[at] ? "excluded: " + nights.excluded[at] : "",
    ];
    readout.textContent = parts.filter(Boolean).join(", ");
    if (!cursor) {
      cursor = document.createElement("div");
      cursor.className = "cursor";
      plot.append(cursor);
    }
    cursor.style.left = (100 * at) / Math.max(1, last) + "%";
    plot.setAttribute("aria-valuemax", last + 1);
    plot.setAttribute("aria-valuenow", at + 1);
    plot.setAttribute("aria-valuetext", readout.textContent);
  };
  const count = () => plot.firstElementChild.viewBox.baseVal.width / plot.dataset.step;
  plot.tabIndex = 0;
  plot.setAttribute("role", "slider");
  plot.setAttribute("aria-label", "Nights of " + name);
  plot.setAttribute("aria-valuemin", 1);
  plot.setAttribute("aria-valuenow", 1);
  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    show(Math.round(((event.clientX - box.left) / box.width) * count()));
  });
  plot.addEventListener("focus", () => show(at ?? count()));
  plot.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -30, PageUp: 30, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const wanted = at + steps[event.key];
    show(wanted === Infinity ? count() : wanted);
  });
}
const list = document.querySelector(".trends");
const given = [...list.children];
const nameOf = (card) => card.querySelector("h3").textContent;
const orders = {
  given: (a, b) => given.indexOf(a) - given.indexOf(b),
  status: (a, b) => a.dataset.status - b.dataset.status,
  change: (a, b) => b.dataset.change.localeCompare(a.dataset.change),
  name: (a, b) => nameOf(a).localeCompare(nameOf(b), undefined, { numeric: true }),
};
const form = document.querySelector(".controls");
const filter = form.querySelector("#filter");
form.hidden = false;
form.addEventListener("submit", (event) => event.preventDefault());
filter.addEventListener("input", () => {
  const wanted = filter.value.trim().toLowerCase();
  let left = 0;
  for (const card of given) {
    card.hidden = !nameOf(card).toLowerCase().includes(wanted);
    left += !card.hidden;
  }
  form.querySelector("#shown").textContent = left + " of " + given.length + " cells";
});
form.querySelector("#order").addEventListener("change", (event) => {
  list.append(...[...given].sort(orders[event.target.value]));
});
