// Comfort for long forms: lists that can be searched, letters that are left, times of this place.
(() => {
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/ß/g, "ss");

  for (const list of document.querySelectorAll("fieldset[data-search]")) {
    const options = [...list.querySelectorAll(".option")];
    const label = document.createElement("label");
    const field = document.createElement("input");
    const found = document.createElement("span");
    label.className = "find";
    label.append(list.dataset.search, field);
    field.type = "search";
    field.autocomplete = "off";
    found.className = "hidden";
    found.setAttribute("role", "status");
    list.querySelector(".options").before(label, found);
    const search = (event) => {
      event.stopPropagation();  // searching is no typing: nothing is to be saved
      const wanted = plain(field.value).split(/\s+/).filter(Boolean);
      for (const option of options) {
        const words = plain(option.dataset.words || option.textContent);
        option.hidden = !wanted.every((word) => words.includes(word)) && !option.firstElementChild.checked;
      }
      for (const group of list.querySelectorAll(".group")) {
        let next = group.nextElementSibling;
        group.hidden = true;
        for (; next && next.matches(".option"); next = next.nextElementSibling) if (!next.hidden) group.hidden = false;
      }
      const left = options.filter((option) => !option.hidden).length;
      found.textContent = wanted.length ? list.dataset.found.replace("#", left) : "";
    };
    field.addEventListener("input", search);
    field.addEventListener("change", (event) => event.stopPropagation());
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  }

  for (const field of document.querySelectorAll("[data-limit]")) {
    const left = document.createElement("span");
    const count = () => {
      const length = [...field.value.trim()].length;
      left.textContent = `${length} / ${field.dataset.limit}`;
      left.classList.toggle("fault", length > field.dataset.limit);
    };
    left.className = "left";
    left.setAttribute("aria-hidden", "true");
    field.after(left);
    field.addEventListener("input", count);
    count();
  }

  const localise = () => {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      time.textContent = at.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    }
  };
  document.addEventListener("htmx:after:swap", localise);
  localise();
})();
