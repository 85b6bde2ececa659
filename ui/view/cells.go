package view

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fw "fyne.io/fyne/v2/widget"

	"berth/engine"
	"berth/ui/theme"
	"berth/ui/viewmodel"
	"berth/ui/widget"
)

// nameCell is a state dot, the name, and a badge for each thing that is opened wider than the defaults.
type nameCell struct {
	fw.BaseWidget
	dot    *widget.Dot
	name   *widget.Text
	badges []engine.Badge
	pills  *fyne.Container
	row    *fyne.Container
}

func newNameCell() fyne.CanvasObject {
	c := &nameCell{
		dot:  widget.NewDot(theme.Muted),
		name: widget.NewText("", widget.TextStyle{Bold: true}), pills: container.NewHBox(),
	}
	c.row = container.New(nameLayout{}, c.dot, c.name, c.pills)
	c.ExtendBaseWidget(c)
	return c
}

func (c *nameCell) set(r viewmodel.SandboxRow) {
	c.dot.SetColor(toneColor(r.Tone))
	moved := c.name.Text() != r.Name
	c.name.SetText(r.Name)
	if !slices.Equal(c.badges, r.Badges) {
		c.badges = r.Badges
		c.pills.RemoveAll()
		for _, b := range r.Badges {
			c.pills.Add(widget.NewBadge(viewmodel.Spoken(b.Text), viewmodel.Spoken(b.Help)))
		}
		moved = true
	}
	if moved {
		c.row.Refresh()
	}
}

// CreateRenderer is Fyne's way to the drawing.
func (c *nameCell) CreateRenderer() fyne.WidgetRenderer { return fw.NewSimpleRenderer(c.row) }

// nameLayout puts the badges right behind the name.
type nameLayout struct{}

func (nameLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, theme.RowH) }

func (nameLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	dot, name, pills := o[0], o[1].(*widget.Text), o[2]
	dot.Resize(fyne.NewSize(9, size.Height))
	left := float32(9) + theme.Space8
	width := fyne.MeasureText(name.Text(), theme.TextSize, fyne.TextStyle{Bold: true}).Width + 1
	room := size.Width - left
	pillsWidth := pills.MinSize().Width
	if width > room-pillsWidth-theme.Space8 && pillsWidth > 0 {
		width = max(60, room-pillsWidth-theme.Space8)
	}
	name.Move(fyne.NewPos(left, 0))
	name.Resize(fyne.NewSize(min(width, room), size.Height))
	pills.Move(fyne.NewPos(left+width+theme.Space8, 0))
	pills.Resize(fyne.NewSize(pillsWidth, size.Height))
}

// usageCell is a small picture and a number at its right.
type usageCell struct {
	fw.BaseWidget
	graph *widget.Sparkline
	meter *widget.Meter
	text  *widget.Text
	row   *fyne.Container
}

func newCPUCell() fyne.CanvasObject {
	c := &usageCell{graph: widget.NewSparkline(), text: widget.NewText("", widget.TextStyle{})}
	return c.finish(c.graph, 20)
}

func newMemoryCell() fyne.CanvasObject {
	c := &usageCell{meter: widget.NewMeter(theme.Info), text: widget.NewText("", widget.TextStyle{})}
	return c.finish(c.meter, 6)
}

func (c *usageCell) finish(picture fyne.CanvasObject, height float32) *usageCell {
	c.row = container.New(usageLayout(height), picture, c.text)
	c.ExtendBaseWidget(c)
	return c
}

func (c *usageCell) set(text string, share *float64, graph []float64, running bool) {
	if text == "" {
		text = "–"
	}
	c.text.SetText(text)
	if c.graph != nil {
		c.graph.Set(graph)
		setHidden(c.graph, !running)
	}
	if c.meter != nil && share != nil {
		c.meter.Set(*share)
		setHidden(c.meter, !running)
	}
}

func setHidden(o fyne.CanvasObject, hidden bool) {
	if o.Visible() == !hidden {
		return
	}
	if hidden {
		o.Hide()
	} else {
		o.Show()
	}
}

// CreateRenderer is Fyne's way to the drawing.
func (c *usageCell) CreateRenderer() fyne.WidgetRenderer { return fw.NewSimpleRenderer(c.row) }

// usageLayout is the height of the picture.
type usageLayout float32

func (usageLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, theme.RowH) }

func (h usageLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	const wide = 58
	o[0].Resize(fyne.NewSize(wide, float32(h)))
	o[0].Move(fyne.NewPos(0, (size.Height-float32(h))/2))
	o[1].Move(fyne.NewPos(wide+theme.Space12, 0))
	o[1].Resize(fyne.NewSize(max(0, size.Width-wide-theme.Space12), size.Height))
}
