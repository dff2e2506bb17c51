// Plays an animation of cases: a row of dots for each stage. It never starts by itself. With reduced motion dots do not
// glide, they are simply where they are at each month's end.
const NS = "http://www.w3.org/2000/svg";
const STEP = 9, LABEL = 17, PAD = 6, HEAD = 24;
const SHAPES = ["M3.4 0A3.4 3.4 0 1 1-3.4 0A3.4 3.4 0 1 1 3.4 0Z", "M0-4L3.8 3.2L-3.8 3.2Z", "M-3.2-3.2H3.2V3.2H-3.2Z"];
const SPEEDS = { slow: 900, normal: 350, fast: 120 };

function make(name, attributes, parent) {
  const found = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
  if (parent) parent.append(found);
  return found;
}

class Player {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`[data-part="${name}"]`);
    this.view = this.find("view");
    this.frame = 0;
    this.timer = null;
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.find("play").onclick = () => (this.timer ? this.pause() : this.play());
    this.find("back").onclick = () => { this.pause(); this.show(this.frame - 1, true); };
    this.find("on").onclick = () => { this.pause(); this.show(this.frame + 1, true); };
    this.find("date").oninput = (event) => { this.pause(); this.show(Number(event.target.value), true); };
    this.find("speed").onchange = () => { if (this.timer) { this.pause(); this.play(); } };
    new ResizeObserver(() => this.lay()).observe(this.view);
  }

  read(data) {
    const key = JSON.stringify(data);
    if (key === this.key) return;
    this.pause();
    const same = this.data && this.data.dates.length === data.dates.length;
    [this.key, this.data, this.frame] = [key, data, same ? this.frame : 0];
    const words = data.words;
    for (const name of ["back", "on"]) this.find(name).textContent = words[name];
    this.find("play").textContent = words.play;
    this.find("speed-label").textContent = words.speed;
    for (const option of this.find("speed").options) option.textContent = words[option.value];
    this.find("date").max = data.dates.length - 1;
    this.find("date").setAttribute("aria-label", words.date);
    this.legend();
    this.width = 0;
    this.lay();
  }

  legend() {
    const { words } = this.data, legend = this.find("legend");
    legend.replaceChildren(...words.kinds.map((text, kind) => {
      const item = document.createElement("li");
      const mark = make("svg", { width: 14, height: 14, viewBox: "-7 -7 14 14", "aria-hidden": "true" }, item);
      if (kind === words.kinds.length - 1) make("circle", { r: 5.2, class: "ring" }, mark);
      else make("path", { d: SHAPES[kind], class: `kind${kind}` }, mark);
      item.append(text);
      return item;
    }));
    legend.lastChild.hidden = this.data.panels.length < 2;
  }

  lay() {
    const width = Math.floor(this.view.getBoundingClientRect().width);
    if (!this.data || !width || width === this.width) return;
    this.width = width;
    const { panels, rows, cases } = this.data;
    const beside = panels.length > 1 && width > 720;
    const wide = beside ? (width - 32) / 2 : width;
    const line = Math.max(8, Math.floor((wide - 2 * PAD) / STEP));
    let y = HEAD;
    this.tops = rows.map((row) => {
      const top = y;
      y += LABEL + Math.ceil(row.most / line) * STEP + 7;
      return top;
    });
    const high = y + 4, whole = beside ? high : high * panels.length;
    const svg = make("svg", { class: "main-svg", width, height: whole, viewBox: `0 0 ${width} ${whole}`, role: "img" });
    svg.setAttribute("aria-label", this.data.words.alt);
    this.parts = panels.map((panel, number) => {
      const at = `translate(${beside ? number * (wide + 32) : 0} ${beside ? 0 : number * high})`;
      const group = make("g", { transform: at }, svg);
      make("text", { x: 0, y: 14, class: "head" }, group).textContent = panel.title;
      const labels = rows.map((row, place) => {
        make("path", { d: `M0 ${this.tops[place] - 2}h${wide}`, class: "rule" }, group);
        return make("text", { x: 0, y: this.tops[place] + 12, class: row.end ? "row end" : "row" }, group);
      });
      const dots = cases.map((each) => {
        const dot = make("g", { class: "dot" }, group);
        if (each.apart) make("circle", { r: 5, class: "ring" }, dot);
        make("path", { d: SHAPES[each.kind], class: `kind${each.kind}` }, dot);
        make("title", {}, dot).textContent = each.about;
        dot.addEventListener("click", () => this.follow && this.follow(each.name));
        return dot;
      });
      return { labels, dots };
    });
    this.line = line;
    this.view.replaceChildren(svg);
    this.show(this.frame, false);
  }

  show(frame, say) {
    const { dates, rows, panels, slots } = this.data;
    this.frame = Math.max(0, Math.min(dates.length - 1, frame));
    panels.forEach((panel, number) => {
      const counts = rows.map(() => 0);
      panel.at[this.frame].forEach((place, each) => {
        const style = this.parts[number].dots[each].style;
        style.opacity = place < 0 ? 0 : 1;
        if (place < 0) { style.transform = `translate(${PAD}px, 0px)`; return; }
        const row = Math.floor(place / slots), slot = place % slots;
        counts[row] += 1;
        const x = PAD + STEP * (slot % this.line), y = this.tops[row] + LABEL + 4 + STEP * Math.floor(slot / this.line);
        style.transform = `translate(${x}px, ${y}px)`;
      });
      counts.forEach((count, row) => {
        const label = this.parts[number].labels[row];
        label.textContent = `${rows[row].label}: ${count}`;
        label.classList.toggle("empty", !count);
      });
      if (say) this.said = (number ? this.said + " " : "") + this.sentence(panel.title, counts);
    });
    const date = dates[this.frame], slider = this.find("date");
    this.find("now").textContent = date;
    slider.value = this.frame;
    slider.setAttribute("aria-valuetext", date);
    if (say) this.find("say").textContent = `${date}. ${this.said}`;
  }

  sentence(title, counts) {
    const parts = counts.map((count, row) => (count ? `${count} ${this.data.rows[row].label}` : "")).filter(Boolean);
    return `${title}: ${parts.join("; ")}.`;
  }

  play() {
    if (this.frame >= this.data.dates.length - 1) this.show(0, false);
    const pace = SPEEDS[this.find("speed").value];
    this.view.classList.toggle("calm", this.calm.matches);
    this.view.style.setProperty("--glide", `${Math.round(0.85 * pace)}ms`);
    this.find("play").textContent = this.data.words.pause;
    this.root.querySelector(".refuge-player").dataset.state = "playing";
    this.timer = setInterval(() => {
      this.show(this.frame + 1, false);
      if (!this.root.isConnected || this.frame >= this.data.dates.length - 1) this.pause();
    }, pace);
  }

  pause() {
    if (this.timer) clearInterval(this.timer);
    const was = this.timer;
    this.timer = null;
    this.root.querySelector(".refuge-player").dataset.state = "paused";
    this.view.style.setProperty("--glide", "250ms");
    this.view.classList.toggle("calm", this.calm.matches);
    if (this.data) this.find("play").textContent = this.data.words.play;
    if (was) this.show(this.frame, true);
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const player = (parentElement.refugePlayer ||= new Player(parentElement));
  player.follow = (name) => setStateValue("case", name);
  player.read(data);
  return () => player.pause();
}
