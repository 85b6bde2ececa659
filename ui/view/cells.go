package view

import (
	"slices"
	"strconv"
	"strings"

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
	pills  []*widget.Badge
	more   *widget.Badge // stands for those that have no room
	row    *fyne.Container
}

func newNameCell() fyne.CanvasObject {
	c := &nameCell{dot: widget.NewDot(theme.Muted), name: widget.NewText("", widget.TextStyle{Bold: true}), more: widget.NewBadge("+1", "")}
	c.row = container.New(nameLayout{c}, c.dot, c.name, c.more)
	c.ExtendBaseWidget(c)
	return c
}

func (c *nameCell) set(r viewmodel.SandboxRow) {
	c.dot.SetColor(toneColor(r.Tone))
	c.name.SetColor(theme.Text)
	if r.Away {
		c.name.SetColor(theme.Muted)
	}
	moved := c.name.Text() != r.Name
	c.name.SetText(r.Name)
	if !slices.Equal(c.badges, r.Badges) {
		c.badges, c.pills = r.Badges, nil
		c.row.Objects = c.row.Objects[:3]
		for _, b := range r.Badges {
			pill := widget.NewBadge(viewmodel.Spoken(b.Text), viewmodel.Spoken(b.Help))
			c.pills = append(c.pills, pill)
			c.row.Add(pill)
		}
		moved = true
	}
	if moved {
		c.row.Refresh()
	}
}

// rest is the badge for all but the first so many.
func (c *nameCell) rest(shown int) (text, help string) {
	if shown >= len(c.badges) {
		return "", ""
	}
	var all []string
	for _, b := range c.badges[shown:] {
		all = append(all, viewmodel.Spoken(b.Text))
	}
	return "+" + strconv.Itoa(len(all)), strings.Join(all, ", ")
}

// Tip is that of a badge, or the whole of a name that is cut.
func (c *nameCell) Tip(at fyne.Position) string { return widget.TipAt(at, c.row) }

// CreateRenderer is Fyne's way to the drawing.
func (c *nameCell) CreateRenderer() fyne.WidgetRenderer { return fw.NewSimpleRenderer(c.row) }

// nameLayout puts the badges right behind the name, as many as there is room for. What has no room is counted by the last
// one, "+1", which says in its tip what it stands for.
type nameLayout struct{ of *nameCell }

func (nameLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, theme.RowH) }

// leastName is the width that a name keeps beside its badges.
const leastName = 60

// nameNeed is the width of a name with all of its badges.
func nameNeed(r viewmodel.SandboxRow) float32 {
	width := 9 + theme.Space8 + widget.TextWidth(r.Name, widget.TextStyle{Bold: true})
	if len(r.Badges) > 0 {
		width += theme.Space8
	}
	for _, b := range r.Badges {
		width += widget.BadgeWidth(viewmodel.Spoken(b.Text)) + theme.Space4
	}
	return width
}

func (l nameLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	dot, name, more := o[0], o[1].(*widget.Text), l.of.more
	dot.Resize(fyne.NewSize(9, size.Height))
	left := float32(9) + theme.Space8
	width := fyne.MeasureText(name.Text(), theme.TextSize, fyne.TextStyle{Bold: true}).Width + 1
	room := size.Width - left
	free := room - min(width, max(leastName, room/2)) - theme.Space8 // what the badges may have
	pills := l.of.pills
	plus := more.MinSize().Width + theme.Space4
	shown, need := 0, float32(0)
	for sum := float32(0); shown < len(pills); shown++ {
		sum += pills[shown].MinSize().Width + theme.Space4
		if shown == len(pills)-1 && sum <= free || sum+plus <= free {
			need = sum
			continue
		}
		break
	}
	if shown < len(pills) {
		need += plus
	}
	name.Move(fyne.NewPos(left, 0))
	name.Resize(fyne.NewSize(max(0, min(width, room-need-theme.Space8)), size.Height))
	if len(pills) == 0 {
		name.Resize(fyne.NewSize(min(width, room), size.Height))
	}
	x := left + name.Size().Width + theme.Space8
	place := func(p *widget.Badge, visible bool) {
		setHidden(p, !visible)
		if visible {
			put(p, x, 0, p.MinSize().Width, size.Height)
			x += p.MinSize().Width + theme.Space4
		}
	}
	for i, p := range pills {
		place(p, i < shown)
	}
	more.Set(l.of.rest(shown))
	place(more, shown < len(pills))
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

// Tip is the whole of a number that is cut.
func (c *usageCell) Tip(at fyne.Position) string { return widget.TipAt(at, c.row) }

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
