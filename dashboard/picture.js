// Two buttons that save the chart above as a picture: what the browser has drawn, with its reading and its source.
const NS = "http://www.w3.org/2000/svg";

function wrapped(text, width) {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const last = lines.length - 1;
    if ((lines[last] + " " + word).length > width && lines[last]) lines.push(word);
    else lines[last] = (lines[last] + " " + word).trim();
  }
  return lines;
}

// Colours come from the page's style sheets, too; a picture of its own has to carry them.
function coloured(layer, copy) {
  const copies = copy.querySelectorAll("*");
  [...layer.querySelectorAll("*")].forEach((each, place) => {
    const style = getComputedStyle(each);
    for (const part of ["fill", "stroke"]) copies[place].style[part] = style[part];
  });
}

function drawn({ chart, title, foot }) {
  const holder = document.querySelector(`.st-key-${chart}`);
  const layers = holder ? [...holder.querySelectorAll("svg.main-svg")] : [];
  if (!layers.length) return null;
  const { width, height, left, top: up } = holder.getBoundingClientRect();
  const style = getComputedStyle(document.querySelector(".stApp") || document.body);
  const heads = wrapped(title, width / 7.4), feet = wrapped(foot, width / 5.6);
  const top = 22 + 19 * heads.length, whole = top + height + 16 + 14 * feet.length;
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("xmlns", NS);
  svg.setAttribute("width", width);
  svg.setAttribute("height", whole);
  svg.setAttribute("viewBox", `0 0 ${width} ${whole}`);
  const box = document.createElementNS(NS, "rect");
  box.setAttribute("width", "100%");
  box.setAttribute("height", "100%");
  box.setAttribute("fill", style.backgroundColor);
  svg.append(box);
  const write = (lines, y, size, step) => lines.forEach((line, place) => {
    const text = document.createElementNS(NS, "text");
    text.setAttribute("x", 10);
    text.setAttribute("y", y + step * place);
    text.setAttribute("font-size", size);
    text.setAttribute("font-family", "sans-serif");
    text.setAttribute("fill", style.color);
    text.textContent = line;
    svg.append(text);
  });
  write(heads, 24, 14, 19);
  for (const layer of layers) {
    const copy = layer.cloneNode(true);
    const box = layer.getBoundingClientRect();
    copy.setAttribute("x", box.left - left);
    copy.setAttribute("y", top + box.top - up);
    copy.setAttribute("width", box.width);
    copy.setAttribute("height", box.height);
    copy.style.background = "none";
    coloured(layer, copy);
    svg.append(copy);
  }
  write(feet, top + height + 16, 10.5, 14);
  return { text: new XMLSerializer().serializeToString(svg), width, height: whole };
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export default function ({ data, parentElement }) {
  const [svg, png] = parentElement.querySelectorAll("button");
  svg.textContent = data.svg;
  png.textContent = data.png;
  svg.onclick = () => {
    const picture = drawn(data);
    if (picture) save(new Blob([picture.text], { type: "image/svg+xml" }), `${data.name}.svg`);
  };
  png.onclick = () => {
    const picture = drawn(data);
    if (!picture) return;
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = 2 * picture.width;
      canvas.height = 2 * picture.height;
      const pen = canvas.getContext("2d");
      pen.scale(2, 2);
      pen.drawImage(image, 0, 0);
      canvas.toBlob((blob) => save(blob, `${data.name}.png`), "image/png");
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(picture.text);
  };
}
