package widget

import (
	"image/color"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
)

// tipDelay is how long the pointer rests before a tip shows.
const tipDelay = 600 * time.Millisecond

// TipLayer draws tips over a window's content. Put it on top of everything; it takes no clicks and no focus.
type TipLayer struct {
	fw.BaseWidget
	box  *canvas.Rectangle
	text *canvas.Text
}

// layers finds a window's layer by its canvas; only the main goroutine touches it.
var layers = map[fyne.Canvas]*TipLayer{}

// NewTipLayer makes the layer of a window.
func NewTipLayer(of fyne.Canvas) *TipLayer {
	l := &TipLayer{box: canvas.NewRectangle(color.Transparent), text: canvas.NewText("", color.Transparent)}
	l.ExtendBaseWidget(l)
	l.box.CornerRadius, l.box.StrokeWidth = 6, 1
	l.box.Hide()
	l.text.Hide()
	layers[of] = l
	return l
}

// CreateRenderer is Fyne's way to the drawing.
func (l *TipLayer) CreateRenderer() fyne.WidgetRenderer { return &tipRenderer{l} }

type tipRenderer struct{ of *TipLayer }

func (r *tipRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r *tipRenderer) Layout(fyne.Size)             {}
func (r *tipRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.of.box, r.of.text} }
func (r *tipRenderer) Destroy()                     {}
func (r *tipRenderer) Refresh() {
	r.of.box.Refresh()
	r.of.text.Refresh()
}

func (l *TipLayer) show(text string, at fyne.Position) {
	l.text.Text, l.text.TextSize, l.text.Color = text, theme.SecondSize, theme.Color(theme.Text)
	l.box.FillColor, l.box.StrokeColor = theme.Color(theme.Raised), theme.Color(theme.Line)
	size := fyne.MeasureText(text, theme.SecondSize, fyne.TextStyle{})
	whole := size.Add(fyne.NewSize(2*theme.Space8, 2*theme.Space4))
	at = at.AddXY(theme.Space12, theme.Space16)
	at.X = max(0, min(at.X, l.Size().Width-whole.Width-theme.Space4))
	if at.Y+whole.Height > l.Size().Height {
		at.Y -= whole.Height + theme.Space24
	}
	l.box.Move(at)
	l.box.Resize(whole)
	l.text.Move(at.AddXY(theme.Space8, theme.Space4))
	l.text.Resize(size)
	l.box.Show()
	l.text.Show()
	l.Refresh()
}

func (l *TipLayer) hide() {
	if l.box.Visible() {
		l.box.Hide()
		l.text.Hide()
	}
}

// tipped gives a widget a tip.
type tipped struct {
	mu    sync.Mutex // the timer ends on a goroutine of its own
	timer *time.Timer
	layer *TipLayer
}

func (t *tipped) enter(of fyne.CanvasObject, text string, at fyne.Position) {
	t.leave()
	layer := layers[fyne.CurrentApp().Driver().CanvasForObject(of)]
	if layer == nil || text == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.layer = layer
	var timer *time.Timer
	// A rest of the pointer is no state of the engine, so this cannot come through the pump.
	timer = time.AfterFunc(tipDelay, func() {
		fyne.Do(func() {
			t.mu.Lock()
			still := t.timer == timer
			t.mu.Unlock()
			if still {
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
