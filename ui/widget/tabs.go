package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
)

// Tabs is a row of words of which one is chosen.
type Tabs struct {
	fw.BaseWidget
	OnChosen func(i int)

	words   []string
	chosen  int
	hovered int // -1 for none
	focused bool
}

// tabsHeight is the height of the row.
const tabsHeight float32 = 38

// NewTabs makes a row with the first word chosen.
func NewTabs(words ...string) *Tabs {
	t := &Tabs{words: words, hovered: -1}
	t.ExtendBaseWidget(t)
	return t
}

// Choose chooses a word.
func (t *Tabs) Choose(i int) {
	i = max(0, min(i, len(t.words)-1))
	if i == t.chosen {
		return
	}
	t.chosen = i
	t.Refresh()
	if t.OnChosen != nil {
		t.OnChosen(i)
	}
}

// Chosen is the chosen one.
func (t *Tabs) Chosen() int { return t.chosen }

func (t *Tabs) place() []float32 {
	x := make([]float32, len(t.words)+1)
	for i, word := range t.words {
		x[i+1] = x[i] + fyne.MeasureText(word, theme.TextSize, fyne.TextStyle{Bold: true}).Width + theme.Space24
	}
	return x
}

func (t *Tabs) under(at fyne.Position) int {
	x := t.place()
	for i := range t.words {
		if at.X >= x[i] && at.X < x[i+1] {
			return i
		}
	}
	return -1
}

// Tapped chooses the word under the pointer.
func (t *Tabs) Tapped(e *fyne.PointEvent) {
	if i := t.under(e.Position); i >= 0 {
		t.Choose(i)
	}
}

// MouseIn shows what can be chosen.
func (t *Tabs) MouseIn(e *desktop.MouseEvent) { t.MouseMoved(e) }

// MouseMoved shows what can be chosen.
func (t *Tabs) MouseMoved(e *desktop.MouseEvent) {
	if i := t.under(e.Position); i != t.hovered {
		t.hovered = i
		t.Refresh()
	}
}

// MouseOut ends that.
func (t *Tabs) MouseOut() {
	t.hovered = -1
	t.Refresh()
}

// TypedKey goes to the next word or the one before.
func (t *Tabs) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft:
		t.Choose(t.chosen - 1)
	case fyne.KeyRight:
		t.Choose(t.chosen + 1)
	case fyne.KeyHome:
		t.Choose(0)
	case fyne.KeyEnd:
		t.Choose(len(t.words) - 1)
	default:
		passKey(t, e.Name)
	}
}

// TypedRune passes a letter on.
func (t *Tabs) TypedRune(r rune) { passRune(t, r) }

// FocusGained shows the focus.
func (t *Tabs) FocusGained() { t.focused = true; t.Refresh() }

// FocusLost hides it.
func (t *Tabs) FocusLost() { t.focused = false; t.Refresh() }

// CreateRenderer is Fyne's way to the drawing.
func (t *Tabs) CreateRenderer() fyne.WidgetRenderer {
	r := &tabsRenderer{of: t, mark: canvas.NewRectangle(color.Transparent), ring: canvas.NewRectangle(color.Transparent)}
	for _, word := range t.words {
		text := canvas.NewText(word, color.Transparent)
		text.TextStyle.Bold = true
		r.texts = append(r.texts, text)
	}
	r.Refresh()
	return r
}

type tabsRenderer struct {
	of    *Tabs
	mark  *canvas.Rectangle
	ring  *canvas.Rectangle
	texts []*canvas.Text
}

func (r *tabsRenderer) MinSize() fyne.Size {
	x := r.of.place()
	return fyne.NewSize(x[len(x)-1], tabsHeight)
}

func (r *tabsRenderer) Layout(size fyne.Size) {
	x := r.of.place()
	for i, text := range r.texts {
		least := text.MinSize()
		text.Resize(least)
		text.Move(fyne.NewPos(x[i]+theme.Space4, (size.Height-least.Height)/2))
	}
	i := r.of.chosen
	width := x[i+1] - x[i] - theme.Space24
	r.mark.Resize(fyne.NewSize(width+2*theme.Space4, 2))
	r.mark.Move(fyne.NewPos(x[i], size.Height-2))
	r.ring.Resize(fyne.NewSize(width+4*theme.Space4-4, size.Height-10))
	r.ring.Move(fyne.NewPos(x[i]-2, 4))
}

func (r *tabsRenderer) Refresh() {
	for i, text := range r.texts {
		text.TextSize = theme.TextSize
		text.Color = theme.Color(theme.Muted)
		if i == r.of.chosen || i == r.of.hovered {
			text.Color = theme.Color(theme.Text)
		}
	}
	r.mark.FillColor = theme.Color(theme.Accent)
	r.ring.CornerRadius = 6
	r.ring.StrokeWidth, r.ring.StrokeColor = 0, color.Transparent
	if r.of.focused {
		r.ring.StrokeWidth, r.ring.StrokeColor = 2, theme.Color(theme.Accent)
	}
	r.Layout(r.of.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *tabsRenderer) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{r.mark, r.ring}
	for _, text := range r.texts {
		objects = append(objects, text)
	}
	return objects
}
func (r *tabsRenderer) Destroy() {}
