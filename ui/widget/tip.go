package widget

import (
	"image/color"
	"slices"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
)

// tipDelay is how long the pointer rests before a tip shows.
const tipDelay = 600 * time.Millisecond

// A tip is at most this wide, as are lines that are read without losing the next one, and has at most so many of them.
const (
	tipWidth = 560
	tipLines = 12
)

// TipLayer draws tips over a window's content. Put it on top of everything; it takes no clicks and no focus.
type TipLayer struct {
	fw.BaseWidget
	on     fyne.Canvas
	box    *canvas.Rectangle
	lines  []*canvas.Text // of the tip that is shown
	passed int            // how often what is below changed: a tip that was asked for before is about something that is not there any more
}

// layers finds a window's layers by its canvas, the top one last: a panel over the window has one of its own, for nothing is
// drawn over it otherwise. Only the main goroutine touches them.
var layers = map[fyne.Canvas][]*TipLayer{}

// NewTipLayer makes the layer of a window, in place of all it had.
func NewTipLayer(of fyne.Canvas) *TipLayer {
	l := newTipLayer(of)
	layers[of] = []*TipLayer{l}
	return l
}

// NewPanelTips makes the layer of a panel over a window. It shows the window's tips from Push to Pop.
func NewPanelTips(of fyne.Canvas) *TipLayer { return newTipLayer(of) }

// Push makes it the layer that shows the window's tips. The tip that is shown goes: what it is about is covered now.
func (l *TipLayer) Push() {
	HideTips(l.on)
	layers[l.on] = append(layers[l.on], l)
}

// Pop lets the one below show them again. One that is not among them stays away.
func (l *TipLayer) Pop() {
	HideTips(l.on)
	layers[l.on] = slices.DeleteFunc(layers[l.on], func(one *TipLayer) bool { return one == l })
}

// TopTips is the layer that shows a window's tips now; nil when it has none.
func TopTips(of fyne.Canvas) *TipLayer {
	all := layers[of]
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// HideTips takes the tips of a window away, because what is under the pointer changes without the pointer moving.
func HideTips(of fyne.Canvas) {
	for _, l := range layers[of] {
		l.passed++
		l.hide()
	}
}

func newTipLayer(of fyne.Canvas) *TipLayer {
	l := &TipLayer{on: of, box: canvas.NewRectangle(color.Transparent)}
	l.ExtendBaseWidget(l)
	l.box.CornerRadius, l.box.StrokeWidth = 6, 1
	l.box.Hide()
	return l
}

// CreateRenderer is Fyne's way to the drawing.
func (l *TipLayer) CreateRenderer() fyne.WidgetRenderer { return &tipRenderer{l} }

type tipRenderer struct{ of *TipLayer }

func (r *tipRenderer) MinSize() fyne.Size { return fyne.Size{} }
func (r *tipRenderer) Layout(fyne.Size)   {}
func (r *tipRenderer) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{r.of.box}
	for _, line := range r.of.lines {
		objects = append(objects, line)
	}
	return objects
}
func (r *tipRenderer) Destroy() {}
func (r *tipRenderer) Refresh() {
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (l *TipLayer) show(text string, at fyne.Position) {
	origin, window := fyne.CurrentApp().Driver().AbsolutePositionForObject(l), l.on.Size() // a panel's layer may be left for the window's room
	size := l.write(text, min(tipWidth, window.Width-2*(theme.Space4+theme.Space8)))
	l.box.FillColor, l.box.StrokeColor = theme.Color(theme.Raised), theme.Color(theme.Line)
	whole := size.Add(fyne.NewSize(2*theme.Space8, 2*theme.Space4))
	at = at.AddXY(theme.Space12, theme.Space16)
	at.X = max(theme.Space4, min(at.X, window.Width-whole.Width-theme.Space4))
	if at.Y+whole.Height > window.Height {
		at.Y = max(theme.Space4, at.Y-whole.Height-theme.Space24)
	}
	at = at.Subtract(origin)
	l.box.Move(at)
	l.box.Resize(whole)
	at = at.AddXY(theme.Space8, theme.Space4)
	for _, line := range l.lines {
		least := line.MinSize()
		line.Move(at)
		line.Resize(least)
		at.Y += least.Height
	}
	l.box.Show()
	l.paint()
}

// write breaks a text into lines that are not wider than that, and gives the room they take.
func (l *TipLayer) write(text string, width float32) (size fyne.Size) {
	measure := func(s string) float32 { return fyne.MeasureText(s, theme.SecondSize, fyne.TextStyle{}).Width }
	var lines []string
	for part := range strings.SplitSeq(text, "\n") {
		lines = append(lines, broken(part, width, measure)...)
	}
	lines, _ = atMost(lines, tipLines, width, measure)
	l.lines = nil
	for _, line := range lines {
		one := canvas.NewText(line, theme.Color(theme.Text))
		one.TextSize = theme.SecondSize
		l.lines = append(l.lines, one)
		least := one.MinSize()
		size = fyne.NewSize(max(size.Width, least.Width), size.Height+least.Height)
	}
	return size
}

func (l *TipLayer) hide() {
	if l.box.Visible() {
		l.box.Hide()
		l.lines = nil
		l.paint()
	}
}

// paint has the tip drawn as it is now. An object's own Refresh does nothing while Fyne has forgotten on which canvas it is.
func (l *TipLayer) paint() {
	l.on.Refresh(l.box)
	for _, line := range l.lines {
		l.on.Refresh(line)
	}
}

// layerOn is the layer that shows the tips of what is on a canvas; nil when there is none. Fyne drops what it knows of the canvas
// of an object a minute after that was painted first, until the next frame: without one it is on the only window there is.
func layerOn(c fyne.Canvas) *TipLayer {
	if c == nil && len(layers) == 1 {
		for only := range layers {
			c = only
		}
	}
	return TopTips(c)
}

// tipped gives a widget a tip.
type tipped struct {
	mu    sync.Mutex // the timer ends on a goroutine of its own
	timer *time.Timer
	layer *TipLayer
}

func (t *tipped) enter(of fyne.CanvasObject, text string, at fyne.Position) {
	t.leave()
	layer := layerOn(fyne.CurrentApp().Driver().CanvasForObject(of))
	if layer == nil || text == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.layer = layer
	passed := layer.passed
	var timer *time.Timer
	// A rest of the pointer is no state of the engine, so this cannot come through the pump.
	timer = time.AfterFunc(tipDelay, func() {
		fyne.Do(func() {
			t.mu.Lock()
			still := t.timer == timer
			t.mu.Unlock()
			if still && layer.passed == passed {
				layer.show(text, at)
			}
		})
	})
	t.timer = timer
}

func (t *tipped) leave() {
	t.mu.Lock()
	if t.timer != nil {
		t.timer.Stop()
	}
	t.timer = nil
	layer := t.layer
	t.layer = nil
	t.mu.Unlock()
	if layer != nil {
		layer.hide()
	}
}
