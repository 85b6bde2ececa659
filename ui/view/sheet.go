package view

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// sheet is a modal with a column that may change while it is open: it is as high as the column needs, and where the window is
// lower than that the column scrolls.
type sheet struct {
	*modal
	column *fyne.Container
	scroll *container.Scroll
}

// sheetWidth is that of the panels about a sandbox's data.
const sheetWidth float32 = 620

// sheet makes one; the options' body is the column.
func (s *Shell) sheet(o modalOptions, rows ...fyne.CanvasObject) *sheet {
	d := &sheet{column: container.New(layout.NewCustomPaddedVBoxLayout(theme.Space12), rows...)}
	d.scroll = s.scrolls(padded(0, 0, 2, theme.Space4, d.column))
	closed := o.OnClose
	o.OnClose = func() {
		s.scrolled = slices.DeleteFunc(s.scrolled, func(one *container.Scroll) bool { return one == d.scroll })
		if closed != nil {
			closed()
		}
	}
	if o.Width == 0 {
		o.Width = sheetWidth
	}
	o.Body = d.scroll
	d.modal = s.modal(o)
	return d
}

// show shows it with the keyboard on an object.
func (d *sheet) show(focus fyne.Focusable) {
	d.size = d.need()
	d.modal.show(focus)
	d.fit()
}

// need is the size with the whole column.
func (d *sheet) need() fyne.Size {
	width := d.size.Width
	d.column.Resize(fyne.NewSize(width-2*theme.Space24-2-theme.Space4, d.column.MinSize().Height)) // a paragraph knows its height by its width
	rest := d.popUp.MinSize().Height - d.scroll.MinSize().Height
	return fyne.NewSize(width, rest+d.column.MinSize().Height+theme.Space4)
}

// fit makes it as high as the column needs now, in the middle of the window.
func (d *sheet) fit() {
	if !slices.Contains(d.shell.open, d.modal) {
		return
	}
	d.size = d.need()
	window := d.shell.window.Canvas().Size()
	size := fyne.NewSize(min(d.size.Width, window.Width-2*theme.Space24), min(d.size.Height, window.Height-2*theme.Space24)).Max(d.popUp.MinSize())
	if size != d.popUp.Size() {
		d.popUp.Resize(size)
		d.popUp.Move(fyne.NewPos((window.Width-size.Width)/2, (window.Height-size.Height)/2))
	}
	d.column.Refresh()
}

// cancelButton closes a modal that is made after it.
func cancelButton(text string, m func() *modal) *widget.Button {
	return widget.NewButton(widget.ButtonOptions{Text: text, Tip: "Esc"}, func() { m().hide() })
}

// plainFacts are names and values under each other, without buttons.
func plainFacts(facts []viewmodel.Fact) *fyne.Container {
	column := container.New(layout.NewCustomPaddedVBoxLayout(theme.Space4))
	for _, f := range facts {
		style := widget.TextStyle{Size: 13, Mono: f.Mono}
		if f.Tone != viewmodel.Neutral {
			style.Color = toneColor(f.Tone)
		}
		column.Add(frame(nil, nil, container.New(fixedLabel(150), widget.NewText(f.Label, widget.TextStyle{Color: theme.Muted, Size: 13})), nil, widget.NewText(f.Value, style)))
	}
	return column
}

// fixedLabel gives its objects that width and the height they need.
type fixedLabel float32

func (w fixedLabel) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(float32(w), objects[0].MinSize().Height)
}

func (w fixedLabel) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Resize(size)
	}
}

// boxed is a titled card within a modal.
func boxed(title string, content fyne.CanvasObject) fyne.CanvasObject {
	return widget.NewCard(container.New(layout.NewCustomPaddedVBoxLayout(0),
		padded(theme.Space8, theme.Space8, theme.Space16, theme.Space16, widget.NewText(title, widget.TextStyle{Bold: true, Size: 13})),
		widget.NewLine(), padded(theme.Space8, theme.Space12, theme.Space16, theme.Space16, content)), 0)
}
