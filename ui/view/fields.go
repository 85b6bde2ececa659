package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// field is a control with its name above and what there is to say of it below.
type field struct {
	content fyne.CanvasObject
	entry   *widget.Entry // nil when the control is another
	say     *widget.Text
	hint    string
}

func newField(label string, control fyne.CanvasObject, hint string) *field {
	f := &field{say: widget.NewText(hint, widget.TextStyle{Color: theme.Muted, Size: theme.SecondSize, Wrap: true}), hint: hint}
	f.entry, _ = control.(*widget.Entry)
	if _, ok := control.(*widget.Select); ok {
		control = container.NewStack(control, widget.NewOutline())
	}
	f.content = container.New(layout.NewCustomPaddedVBoxLayout(5),
		widget.NewText(label, widget.TextStyle{Bold: true, Size: theme.SecondSize}), control, f.say)
	return f
}

// show says what was found of the field; nothing shows the hint.
func (f *field) show(finding viewmodel.Finding) {
	text, color := finding.Text, theme.Warn
	switch {
	case text == "":
		text, color = f.hint, theme.Muted
	case finding.Bad:
		color = theme.Bad
	}
	f.say.SetText(text)
	f.say.SetColor(color)
	if f.entry != nil {
		f.entry.SetTrouble(finding.Bad)
	}
}

// A scrolled body reaches a little out of its panel's column, so that its bar stands beside the fields rather than on them,
// and the rings around those at the edge are whole.
const (
	bleedLeft  float32 = 2
	bleedRight float32 = 14
)

// bleed lays a scrolled body out like that.
type bleed struct{}

func (bleed) MinSize(o []fyne.CanvasObject) fyne.Size {
	size := o[0].MinSize()
	return fyne.NewSize(max(0, size.Width-bleedLeft-bleedRight), size.Height)
}

func (bleed) Layout(o []fyne.CanvasObject, size fyne.Size) {
	put(o[0], -bleedLeft, 0, size.Width+bleedLeft+bleedRight, size.Height)
}

// diffLayout is a line of four texts: what changes, its value before, an arrow, and right behind them the value after.
type diffLayout struct{}

func (diffLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(200, o[0].MinSize().Height)
}

func (diffLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	const label, gap = 120, theme.Space8
	text := func(i int) float32 { return o[i].(*widget.Text).Natural() }
	arrow := text(2)
	room := size.Width - label - arrow - 2*gap
	before := min(text(1), max(room/2, room-text(3)))
	put(o[0], 0, 0, label-gap, size.Height)
	put(o[1], label, 0, before, size.Height)
	put(o[2], label+before+gap, 0, arrow, size.Height)
	put(o[3], label+before+arrow+2*gap, 0, room-before, size.Height)
}

// checkInset is the space that Fyne leaves at the left of a box to tick, which would not stand under the fields.
const checkInset float32 = 7

// columns puts objects side by side in shares of the width.
type columns []float32

func (c columns) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.Size{}
	for _, o := range objects {
		least := o.MinSize()
		size = fyne.NewSize(size.Width+least.Width, max(size.Height, least.Height))
	}
	size.Width += float32(len(objects)-1) * theme.Space16
	return size
}

func (c columns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var whole float32
	for _, share := range c {
		whole += share
	}
	x, room := float32(0), size.Width-float32(len(objects)-1)*theme.Space16
	for i, o := range objects {
		width := room * c[i] / whole
		put(o, x, 0, width, size.Height)
		x += width + theme.Space16
	}
}

// side puts fields side by side.
func side(shares columns, fields ...*field) fyne.CanvasObject {
	row := container.New(shares)
	for _, f := range fields {
		row.Add(f.content)
	}
	return row
}
