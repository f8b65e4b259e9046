
const tabs = [...document.querySelectorAll("[role=tab]")];

function choose(chosen) {
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    find(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
  }
  refresh();
}

function fill(select, names) {
  if (select.options.length === 0) select.append(...names.map((name) => new Option(name)));
}

function row({ request, status, verdicts }) {
  const line = document.createElement("tr");
  const told = Object.entries(verdicts).map(([name, verdict]) => `${name}: ${verdict}`);
  for (const text of [request, status || "none", told.join("\n")]) {
    const cell = document.createElement("td");
    cell.textContent = text;
    line.append(cell);
  }
  return line;
}

async function refresh() {
  if (find("service-panel").hidden) return;
  const seen = await (await fetch("/emulator/requests")).json();
  fill(find("fault"), seen.faults);
  fill(find("kind"), seen.kinds);
  find("requests").replaceChildren(...seen.requests.reverse().map(row));
}

async function order(path, done) {
  const response = await fetch(path, { method: "POST", headers: { "X-Emulator": "1" } });
  find("done").textContent = response.ok ? done : `The emulator answered ${response.status}.`;
  refresh();
}

tabs.forEach((tab, index) => {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    // There are two: either arrow leads to the other one.
    const other = tabs[1 - index];
    other.focus();
    choose(other);
  });
});
find("faults").addEventListener("submit", (event) => {
  event.preventDefault();
  const fault = find("fault").value;
  order(`/emulator/play?fault=${encodeURIComponent(fault)}`, `The next question meets: ${fault}.`);
});
find("deploy").addEventListener("submit", (event) => {
  event.preventDefault();
  const kind = find("kind").value;
  order(`/emulator/rotate?site=${kind}`, `Deployed anew, with other secrets: ${kind}.`);
});
setInterval(() => refresh().catch(() => {}), 1000);
