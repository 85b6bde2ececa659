package view

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"berth/ui/theme"
	"berth/ui/widget"
)

// toolbar is a row of controls that gives way: where there is no room for all words, buttons show their icons alone, from the
// last to the first, and entries become narrow. Their tips say what they do.
type toolbar struct {
	gap   float32
	least map[fyne.CanvasObject]float32 // of what is no button
	most  map[fyne.CanvasObject]float32
	keep  *widget.Button // keeps its words longest; nil for none
}

// newToolbar makes a row; entries are as wide as most when there is room, and at least three quarters of that.
func newToolbar(gap float32, keep *widget.Button, most float32, objects ...fyne.CanvasObject) *fyne.Container {
	bar := &toolbar{gap: gap, keep: keep, least: map[fyne.CanvasObject]float32{}, most: map[fyne.CanvasObject]float32{}}
	for _, o := range objects {
		if _, ok := o.(*widget.Entry); ok {
			bar.least[o], bar.most[o] = most*3/4, most
		}
	}
	return container.New(bar, objects...)
}

// narrow and wide are the least width of an object and the one it wants.
func (b *toolbar) narrow(o fyne.CanvasObject) float32 {
	if button, ok := o.(*widget.Button); ok {
		return button.Narrow()
	}
	if least, ok := b.least[o]; ok {
		return least
	}
	return o.MinSize().Width
}

func (b *toolbar) wide(o fyne.CanvasObject) float32 {
	if button, ok := o.(*widget.Button); ok {
		return button.Wide()
	}
	if most, ok := b.most[o]; ok {
		return most
	}
	return o.MinSize().Width
}

func (b *toolbar) sum(objects []fyne.CanvasObject, of func(fyne.CanvasObject) float32) float32 {
	var width float32
	for _, o := range objects {
		if o.Visible() {
			width += of(o) + b.gap
		}
	}
	return max(0, width-b.gap)
}

// MinSize is that of all buttons without words.
func (b *toolbar) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(b.sum(objects, b.narrow), 0)
	for _, o := range objects {
		if o.Visible() {
			size.Height = max(size.Height, o.MinSize().Height)
		}
	}
	return size
}

// Natural is the width with all words.
func (b *toolbar) Natural(objects []fyne.CanvasObject) float32 { return b.sum(objects, b.wide) }

// Layout gives each what there is, at the right.
func (b *toolbar) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := map[fyne.CanvasObject]float32{}
	over := b.Natural(objects) - size.Width
	shrink := func(o fyne.CanvasObject) {
		width[o] = b.wide(o)
		if over > 0 {
			less := b.narrow(o)
			if _, isEntry := b.most[o]; isEntry { // only as far as needed
				less = max(less, width[o]-over)
			}
			over -= width[o] - less
			width[o] = less
		}
	}
	for _, o := range objects { // entries give way first
		if _, isEntry := b.most[o]; isEntry && o.Visible() {
			shrink(o)
		}
	}
	for i := len(objects) - 1; i >= 0; i-- {
		if o := objects[i]; o.Visible() && b.most[o] == 0 && o != fyne.CanvasObject(b.keep) {
			shrink(o)
		}
	}
	if b.keep != nil && b.keep.Visible() {
		shrink(b.keep)
	}
	x := size.Width
	for i := len(objects) - 1; i >= 0; i-- {
		o := objects[i]
		if !o.Visible() {
			continue
		}
		if button, ok := o.(*widget.Button); ok {
			button.SetNarrow(width[o] < button.Wide()-0.5)
		}
		height := o.MinSize().Height
		if b.most[o] > 0 {
			height = theme.ControlH
		}
		x -= width[o]
		put(o, x, (size.Height-height)/2, width[o], height)
		x -= b.gap
	}
}

// natural is the width an object wants: that of a toolbar with all its words, else its least.
func natural(o fyne.CanvasObject) float32 {
	if c, ok := o.(*fyne.Container); ok && c.Visible() {
		if bar, ok := c.Layout.(*toolbar); ok {
			return bar.Natural(c.Objects)
		}
	}
	return least(o).Width
}
