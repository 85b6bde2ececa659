package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fw "fyne.io/fyne/v2/widget"

	"berth/ui/theme"
)

// Step is one row of a StepList.
type Step struct {
	ID       string
	Icon     theme.IconName
	Color    fyne.ThemeColorName // of icon and meter
	Label    string              // in monospace: a layer's id, a build step
	Detail   string
	Right    string
	Progress float64 // 0 to 1
	Metered  bool    // the progress is known
}

const stepHeight = 36

// NewStepRow makes the row of one step.
func NewStepRow() *StepRow {
	r := &StepRow{
		icon:   canvas.NewImageFromResource(nil),
		label:  NewText("", TextStyle{Mono: true, Size: theme.MonoSize}),
		detail: NewText("", TextStyle{Color: theme.Muted}),
		meter:  NewMeter(theme.Accent),
		right:  NewText("", TextStyle{Color: theme.Muted, Align: fyne.TextAlignTrailing}),
		line:   NewLine(),
		ring:   newFocusRing(),
	}
	r.icon.FillMode = canvas.ImageFillContain
	r.ExtendBaseWidget(r)
	return r
}

// StepRow shows one step of a task: its state, name, what it does, how far it is.
type StepRow struct {
	fw.BaseWidget
	OnTapped func(id string) // a click

	step   Step
	icon   *canvas.Image
	label  *Text
	detail *Text
	meter  *Meter
	right  *Text
	line   fyne.CanvasObject
	ring   *focusRing
}

// figures is the room that the figures at the right need: as much in each row as sizes with a speed take, so that the meters
// stand under each other, and more where they are longer.
func (r *StepRow) figures() float32 {
	return max(TextWidth("888 of 888 MB · 88.8 MB/s", r.right.style), r.right.Natural())
}

// Set shows a step.
func (r *StepRow) Set(s Step) {
	if s == r.step {
		return
	}
	iconChanged := s.Icon != r.step.Icon || s.Color != r.step.Color
	moved := s.Label != r.step.Label || s.Metered != r.step.Metered
	figures := r.figures()
	r.step = s
	if iconChanged {
		r.icon.Resource = theme.Icon(s.Icon, s.Color)
		r.icon.Refresh()
		r.meter.SetColor(s.Color)
	}
	r.label.SetText(s.Label)
	r.detail.SetText(s.Detail)
	r.right.SetText(s.Right)
	r.meter.Set(s.Progress)
	if moved || figures != r.figures() {
		r.Refresh()
	}
}

// Tapped tells of a click.
func (r *StepRow) Tapped(*fyne.PointEvent) {
	if r.OnTapped != nil {
		r.OnTapped(r.step.ID)
	}
}

// TypedKey opens it by Space or Enter.
func (r *StepRow) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace || e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
		r.Tapped(nil)
		return
	}
	passKey(r, e.Name)
}

// TypedRune passes a letter on.
func (r *StepRow) TypedRune(typed rune) { passRune(r, typed) }

// FocusGained shows the focus.
func (r *StepRow) FocusGained() { r.ring.show(true); tellFocus(r) }

// FocusLost hides it.
func (r *StepRow) FocusLost() { r.ring.show(false) }

// SetLast leaves the line under it away, where the card ends.
func (r *StepRow) SetLast(last bool) {
	if r.line.Visible() == last {
		r.line.Hide()
		if !last {
			r.line.Show()
		}
	}
}

// Cursor shows that it can be clicked.
func (r *StepRow) Cursor() desktop.Cursor {
	if r.OnTapped != nil {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

// CreateRenderer is Fyne's way to the drawing.
func (r *StepRow) CreateRenderer() fyne.WidgetRenderer { return &stepRenderer{r} }

type stepRenderer struct{ of *StepRow }

func (r *stepRenderer) MinSize() fyne.Size { return fyne.NewSize(200, stepHeight) }

func (r *stepRenderer) Layout(size fyne.Size) {
	of := r.of
	put := func(o fyne.CanvasObject, x, w float32) {
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(max(0, w), size.Height-1))
	}
	of.icon.Move(fyne.NewPos(theme.Space16, (size.Height-theme.IconSize)/2))
	of.icon.Resize(fyne.NewSquareSize(theme.IconSize))
	left := theme.Space16 + theme.IconSize + theme.Space12
	meterAt := size.Width * 0.55
	rightAt := max(meterAt, min(size.Width*0.80, size.Width-theme.Space16-of.figures()))
	if !of.step.Metered { // the words may have its room
		meterAt = rightAt
	}
	room := meterAt - left - theme.Space12
	label := min(fyne.MeasureText(of.step.Label, theme.MonoSize, fyne.TextStyle{Monospace: true}).Width+2, room)
	if of.step.Detail != "" {
		label = min(label, room*0.75)
	}
	put(of.label, left, label)
	put(of.detail, left+label+theme.Space8, room-label-theme.Space8)
	put(of.meter, meterAt, rightAt-meterAt-theme.Space8)
	of.meter.Hidden = !of.step.Metered
	put(of.right, rightAt, size.Width-rightAt-theme.Space16)
	of.ring.box.Move(fyne.NewPos(2, 1))
	of.ring.box.Resize(size.Subtract(fyne.NewSize(4, 3)))
	of.line.Move(fyne.NewPos(0, size.Height-1))
	of.line.Resize(fyne.NewSize(size.Width, 1))
}

func (r *stepRenderer) Refresh() {
	if r.of.step.Icon != "" {
		r.of.icon.Resource = theme.Icon(r.of.step.Icon, r.of.step.Color)
	}
	r.Layout(r.of.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *stepRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.of.icon, r.of.label, r.of.detail, r.of.meter, r.of.right, r.of.line, r.of.ring.box}
}
func (r *stepRenderer) Destroy() {}
