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
	f := &field{say: widget.NewText(hint, widget.TextStyle{Color: theme.Muted, Size: theme.SecondSize}), hint: hint}
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
