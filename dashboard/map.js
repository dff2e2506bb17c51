// The drawing of a pathway in a frame of its own that scrolls sideways; it can be made larger, smaller, or fitted.
const LEAST = 0.83, STEP = 1.2, HEAD = 84; // HEAD: room of the title and legend, which stand on the page already

class Map {
  constructor(root) {
    this.view = root.querySelector('[data-part="view"]');
    const button = (name) => root.querySelector(`[data-part="${name}"]`);
    this.buttons = { smaller: button("smaller"), larger: button("larger"), fit: button("fit") };
    this.buttons.smaller.onclick = () => this.size(this.scale / STEP);
    this.buttons.larger.onclick = () => this.size(this.scale * STEP);
    this.buttons.fit.onclick = () => this.size(this.fitting());
  }

  read(data) {
    const same = this.name === data.name;
    for (const [name, button] of Object.entries(this.buttons)) {
      button.setAttribute("aria-label", data.words[name]);
      button.title = data.words[name];
    }
    this.buttons.fit.textContent = data.words.fit;
    this.view.setAttribute("aria-label", data.words.alt);
    if (data.svg === this.svg) return;
    this.svg = data.svg;
    this.name = data.name;
    this.view.innerHTML = data.svg;
    this.picture = this.view.querySelector("svg");
    this.picture.classList.add("main-svg");
    this.width = this.picture.viewBox.baseVal.width;
    this.height = this.picture.viewBox.baseVal.height - HEAD;
    this.picture.setAttribute("viewBox", `0 ${HEAD} ${this.width} ${this.height}`);
    if (same) return this.size(this.scale);
    this.size(Math.min(1, Math.max(LEAST, this.fitting())));
    // The picture is wider than the frame: begin where most of its boxes are.
    const left = this.view.getBoundingClientRect().left - this.view.scrollLeft;
    const middles = [...this.picture.querySelectorAll("g[id]")].map((box) => {
      const { x, width } = box.getBoundingClientRect();
      return x + width / 2 - left;
    });
    const middle = middles.reduce((sum, x) => sum + x, 0) / middles.length;
    this.view.scrollLeft = middle - this.view.clientWidth / 2;
  }

  fitting() { return (this.view.clientWidth - 2) / this.width; }

  size(scale) {
    const middle = (this.view.scrollLeft + this.view.clientWidth / 2) / ((this.scale || 1) * this.width);
    this.scale = Math.max(0.2, Math.min(2, scale));
    this.picture.setAttribute("width", this.width * this.scale);
    this.picture.setAttribute("height", this.height * this.scale);
    this.view.scrollLeft = middle * this.scale * this.width - this.view.clientWidth / 2;
  }
}

// The flows below scroll sideways on a narrow screen; who has no mouse must be able to get there.
function reachable() {
  for (const each of document.querySelectorAll(".st-key-chart-pathway-flows")) each.tabIndex = 0;
}

export default function ({ data, parentElement }) {
  (parentElement.refugeMap ||= new Map(parentElement)).read(data);
  setTimeout(reachable, 0);
}
