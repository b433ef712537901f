"use strict";
(() => {
  const form = document.getElementById("filtres"), told = document.getElementById("compte");
  const body = document.querySelector("#consultations tbody"), total = Number(told.dataset.total);
  const names = ["mots", "type", "lieu", "metier", "limite"];
  const folded = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const within = (days, wanted) => {
    if (wanted === "inconnue") return days === "";
    if (days === "") return false;
    return wanted === "apres" ? Number(days) > 30 : Number(days) >= 0 && Number(days) <= Number(wanted);
  };
  const cell = (kind, text, page) => {
    const made = document.createElement(kind);
    const inside = page ? made.appendChild(document.createElement("a")) : made;
    if (page) inside.href = page;
    inside.textContent = text;
    return made;
  };
  const add = (row) => {
    const made = document.createElement("tr");
    for (const name of ["type", "lieu", "metier"]) made.dataset[name] = row[name].join("|");
    made.dataset.jours = row.jours === null ? "" : row.jours;
    const first = cell("th", row.titre, row.page);
    first.scope = "row";
    made.append(first, cell("td", row.dispositif), cell("td", row.metier.join(", ")), cell("td", row.acheteur, row.page_acheteur),
      cell("td", row.lieu_texte), cell("td", row.limite_texte));
    body.append(made);
  };
  const chosen = () => Object.fromEntries(names.map((name) => [name, form.elements[name].value.trim()]));
  const kept = (row, want) => {
    const words = folded(want.mots).split(/\s+/).filter(Boolean), text = folded(row.textContent);
    return words.every((word) => text.includes(word))
      && ["type", "lieu", "metier"].every((name) => !want[name] || row.dataset[name].split("|").includes(want[name]))
      && (!want.limite || within(row.dataset.jours, want.limite));
  };
  const show = () => {
    const want = chosen();
    let shown = 0;
    for (const row of body.rows) {
      row.hidden = !kept(row, want);
      shown += row.hidden ? 0 : 1;
    }
    const missing = total - body.rows.length;
    told.textContent = `${shown} consultation${shown > 1 ? "s" : ""} sur ${total}`
      + (missing > 0 ? ` ; ${missing} ne sont pas dans cette page : voyez les pages par département.` : ".");
  };
  const address = () => {
    const query = new URLSearchParams(Object.entries(chosen()).filter(([, value]) => value));
    history.replaceState(null, "", location.pathname + (String(query) ? `?${query}` : ""));
  };
  const restore = () => {
    const query = new URLSearchParams(location.search);
    for (const name of names) form.elements[name].value = query.get(name) || "";
    for (const name of names.slice(1)) if (form.elements[name].selectedIndex < 0) form.elements[name].value = "";
    show();
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => { event.preventDefault(); address(); show(); });
  form.addEventListener("input", () => { address(); show(); });
  form.addEventListener("reset", () => setTimeout(() => { address(); show(); }));
  addEventListener("popstate", restore);
  restore();
  if (total > body.rows.length) {
    fetch("site/index.json").then((answer) => answer.json()).then((index) => {
      index.consultations.slice(body.rows.length).forEach(add);
      show();
    }).catch(show);
  }
})();
