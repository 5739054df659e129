"use strict";
// A table's headings become buttons that sort it. Without this script the table stands as it is.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const spoken = table.parentElement.parentElement.querySelector(".unseen[aria-live]");
  const value = (row, at, numeric) => {
    const text = row.cells[at].textContent.trim();
    if (!numeric) return text;
    const number = text.match(/[-+]?\d+(\.\d+)?(e[-+]?\d+)?/i);
    return number ? Number(number[0]) : null;
  };
  const order = (a, b) => typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true });
  [...table.tHead.rows[0].cells].forEach((heading, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const up = heading.getAttribute("aria-sort") !== "ascending";
      // A column of verdicts or letters has no number, and is sorted as words.
      const numeric = heading.classList.contains("number") && [...body.rows].some((row) => value(row, at, true) !== null);
      const rows = [...body.rows].map((row) => [value(row, at, numeric), row]);
      // What has no number stays last either way.
      rows.sort(([a], [b]) => a === null || b === null ? (a === null) - (b === null) : up ? order(a, b) : order(b, a));
      body.append(...rows.map(([, row]) => row));
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", up ? "ascending" : "descending");
      if (spoken) spoken.textContent = "Sorted by " + button.textContent.trim() + (up ? ", ascending" : ", descending");
    });
  });
}
// On paper nothing is folded away.
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details:not([open])")) {
    folded.open = true;
    folded.dataset.unfolded = "";
  }
});
addEventListener("afterprint", () => {
  for (const unfolded of document.querySelectorAll("details[data-unfolded]")) {
    unfolded.open = false;
    delete unfolded.dataset.unfolded;
  }
});
