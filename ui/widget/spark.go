package widget

import (
	"image"
	"image/color"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
)

// A sparkline spans that many values; fewer begin at its right. As many of them are one point of the line, for one a second
// is a comb at that size.
const (
	sparkPoints = 60
	sparkEach   = 3
	sparkShown  = sparkPoints / sparkEach
)

// Sparkline is a small graph of the last values, one texture that is painted anew only when they change.
type Sparkline struct {
	fw.BaseWidget
	values []float64
	raster *canvas.Raster
}

// NewSparkline makes an empty graph.
func NewSparkline() *Sparkline {
	s := &Sparkline{}
	s.raster = canvas.NewRaster(s.draw)
	s.ExtendBaseWidget(s)
	return s
}

// Set shows values, oldest first. The slice is not changed and must not be afterwards.
func (s *Sparkline) Set(values []float64) {
	if slices.Equal(values, s.values) {
		return
	}
	s.values = values
	s.raster.Refresh()
}

// CreateRenderer is Fyne's way to the drawing.
func (s *Sparkline) CreateRenderer() fyne.WidgetRenderer { return fw.NewSimpleRenderer(s.raster) }

// MinSize is its size.
func (s *Sparkline) MinSize() fyne.Size { return fyne.NewSize(60, 20) }

// draw paints the polyline with soft edges: a pixel's strength is its distance from the nearest piece of line.
func (s *Sparkline) draw(w, h int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	values := condensed(s.values)
	if len(values) < 2 || w < 4 || h < 4 {
		return img
	}
	top := scaleOf(values)
	scale := float64(h) / 20
	thick := 0.8 * scale
	point := func(i int) (x, y float64) {
		x = float64(w-1) * float64(sparkShown-len(values)+i) / (sparkShown - 1)
		return x, float64(h-1) - thick - (float64(h-1)-2*thick)*min(values[i]/top, 1)
	}
	c := color.NRGBAModel.Convert(theme.Color(theme.Accent)).(color.NRGBA)
	for i := range len(values) - 1 {
		x0, y0 := point(i)
		x1, y1 := point(i + 1)
		for py := int(min(y0, y1)) - 2; py <= int(max(y0, y1))+2; py++ {
			for px := int(x0) - 2; px <= int(x1)+2; px++ {
				if !(image.Point{X: px, Y: py}).In(img.Rect) {
					continue
				}
				strength := thick + 0.5 - distance(float64(px), float64(py), x0, y0, x1, y1)
				alpha := uint8(255 * max(0, min(strength, 1)))
				if at := img.PixOffset(px, py); alpha > img.Pix[at+3] {
					img.Pix[at], img.Pix[at+1], img.Pix[at+2], img.Pix[at+3] = c.R, c.G, c.B, alpha
				}
			}
		}
	}
	return img
}

// condensed takes values together, each few to their mean, beginning at the newest.
func condensed(values []float64) []float64 {
	values = values[max(0, len(values)-sparkPoints):]
	points := make([]float64, (len(values)+sparkEach-1)/sparkEach)
	for i := range points {
		end := len(values) - (len(points)-1-i)*sparkEach
		part := values[max(0, end-sparkEach):end]
		for _, v := range part {
			points[i] += v / float64(len(part))
		}
	}
	return points
}

// idle is the load, in percent of a core, up to which a graph is a flat line rather than noise blown up.
const idle = 2

// scaleOf is the value at the top of the graph. A spike, such as a start, is cut off rather than let it flatten all the rest.
func scaleOf(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	usual := sorted[(len(sorted)-1)*4/5]
	return max(idle, min(sorted[len(sorted)-1], usual*2.5))
}

// distance is how far a point is from a piece of line.
func distance(px, py, x0, y0, x1, y1 float64) float64 {
	dx, dy := x1-x0, y1-y0
	share := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		share = max(0, min(((px-x0)*dx+(py-y0)*dy)/length, 1))
	}
	return math.Hypot(px-x0-share*dx, py-y0-share*dy)
}
