package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Picture is what a browser has drawn.
type Picture struct {
	SVG           string
	Width, Height float64 // in pixels
	Scale         float64 // how much smaller it is than Mermaid has made it, to fit into the page
	Labels        []string
	Cut           []string // the labels that are larger than their places
	Crossings     int      // of the edges of a flowchart
}

// page is the script that draws. It keeps one picture in the page, at its natural size but at most
// as wide as the page.
const page = `
mermaid.initialize({startOnLoad: false, deterministicIds: true, securityLevel: 'strict'});
document.body.style.margin = '0';
async function draw(text) {
	document.body.replaceChildren();
	const {svg} = await mermaid.render('picture', text);
	document.body.innerHTML = svg;
	const picture = document.body.querySelector('svg');
	const box = picture.getBoundingClientRect();
	const places = [...picture.querySelectorAll('foreignObject > div')];
	const labels = [...places, ...picture.querySelectorAll('text')].map(e => (e.innerText ?? e.textContent).trim());
	const cut = places.filter(e => e.scrollWidth > e.parentNode.clientWidth + 1).map(e => e.innerText);
	return {SVG: svg, Width: box.width, Height: box.height, Scale: box.width / picture.viewBox.baseVal.width, Labels: labels.filter(l => l), Cut: cut, Crossings: crossings(picture)};
}
function crossings(picture) {
	const edges = [...picture.querySelectorAll('path.flowchart-link')].map(path => {
		const points = [], length = path.getTotalLength(), steps = Math.max(8, Math.ceil(length / 6));
		for (let i = 0; i <= steps; i++) points.push(path.getPointAtLength(length * i / steps));
		return points;
	});
	const side = (a, b, c) => Math.sign((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));
	const near = (a, b) => Math.hypot(a.x - b.x, a.y - b.y) < 12;
	let found = 0;
	for (const [i, one] of edges.entries()) for (const other of edges.slice(i + 1)) {
		if (near(one[0], other[0]) || near(one.at(-1), other.at(-1))) continue;
		let crossed = false;
		for (let k = 1; k < one.length && !crossed; k++) for (let l = 1; l < other.length && !crossed; l++) {
			const [a, b, c, d] = [one[k-1], one[k], other[l-1], other[l]];
			crossed = side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
		}
		if (crossed) found++;
	}
	return found;
}
`

// Mermaid draws a diagram. It fails if Mermaid does not understand the text, and if the picture is
// empty.
func (b *Browser) Mermaid(text string) (Picture, error) {
	var p Picture
	argument, err := json.Marshal(text)
	if err != nil {
		return p, err
	}
	if err := b.evaluate("draw("+string(argument)+")", &p); err != nil {
		return p, fmt.Errorf("%w, in:\n%.1000s", err, text)
	}
	if p.Width < 1 || p.Height < 1 || len(p.Labels) == 0 {
		return p, fmt.Errorf("render: the picture is empty, of:\n%.1000s", text)
	}
	return p, nil
}

// Parse checks that Mermaid understands a text, without drawing it.
func (b *Browser) Parse(text string) error {
	argument, err := json.Marshal(text)
	if err != nil {
		return err
	}
	if err := b.evaluate("mermaid.parse("+string(argument)+")", nil); err != nil {
		return fmt.Errorf("%w, in:\n%.1000s", err, text)
	}
	return nil
}

// PNG draws a diagram on a page of a width in pixels.
func (b *Browser) PNG(text string, width int) ([]byte, error) {
	size := func(height int) error {
		_, err := b.call("Emulation.setDeviceMetricsOverride", map[string]any{
			"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false})
		return err
	}
	if err := size(800); err != nil {
		return nil, err
	}
	p, err := b.Mermaid(text)
	if err != nil {
		return nil, err
	}
	var shot struct{ Data []byte }
	err = errors.Join(size(int(math.Ceil(p.Height))), b.callInto(&shot, "Page.captureScreenshot", map[string]any{}))
	return shot.Data, err
}
